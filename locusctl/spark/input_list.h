// Inputs as the annotation locus.dev/inputs lists them, and as a job writes them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace locus::ctl {

// The elements, trimmed, without empty ones. A comma in {a,b} of a glob or in the authority of alluxio://zk@a:1,b:2/x
// does not separate: the extender reads the annotation alike.
std::vector<std::string> SplitInputs(std::string_view list);

// Why `input` cannot be one; empty: it can.
std::string ProblemOfInput(std::string_view input);

// alluxio://FRONT/path of alluxio:///path, alluxio://master:19998/path or /path. Empty for other schemes: those are
// read past Alluxio.
std::string ThroughFront(std::string_view input, std::string_view front);

}  // namespace locus::ctl
