// Locus' settings beside those that a user has made: nothing of theirs is lost.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "locusctl/spark/spark_settings.h"

namespace locus::ctl {

struct GivenValue {
  std::string value;
  // Where it was set, for a person: "--conf", a file's name.
  std::string where;
};

using GivenValues = std::map<std::string, GivenValue>;

// A value that a user has set and that stays, although the layer wants another.
struct Kept {
  std::string name;
  std::string value;
  std::string where;
  std::string wanted;
  std::string reason;
  Layer layer = Layer::kPods;
};

struct MergedSettings {
  // What is to be set besides what the user has set; Java options with those of the user before them. One of a name.
  std::vector<Setting> settings;
  std::vector<Kept> kept;
};

// The user's values stay; Java options are joined, except those whose -Dname the user has given a value.
MergedSettings MergeSettings(const std::vector<Setting>& settings, const GivenValues& given);

// "spark.x=1 stays (--conf); Locus would set 2: reason. Without it ...".
std::string Describe(const Kept& kept);

}  // namespace locus::ctl
