// A command line as values: what completion and the manual are made from.
#pragma once

#include <string>
#include <vector>

namespace locus::ctl {

struct FlagDescription {
  // "-o", "--output".
  std::vector<std::string> names;
  // What kind of value it takes, such as FILE; empty: none.
  std::string value;
  std::string help;
  // The only values that it takes; empty: any.
  std::vector<std::string> choices;
  // Its value when it is not given; empty: none.
  std::string preset;
  bool required = false;
};

struct ArgumentDescription {
  std::string name;
  std::string help;
  std::vector<std::string> choices;
  bool several = false;
  bool required = false;
};

struct CommandDescription {
  // Of the whole program: as the user calls it.
  std::string name;
  std::string summary;
  std::string footer;
  // Those of outer commands hold inside too.
  std::vector<FlagDescription> flags;
  std::vector<ArgumentDescription> arguments;
  std::vector<CommandDescription> verbs;
};

}  // namespace locus::ctl
