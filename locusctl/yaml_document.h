// Answers for programs as YAML, https://yaml.org/spec/1.2.2/.
#pragma once

#include <string>
#include <string_view>

namespace locus::ctl {

// A JSON document as a YAML document of the same content, behind "---": members in their order, every text quoted, so
// that none is taken for a number, a truth or a date; characters outside of ASCII escaped. What is no JSON comes back
// as it is.
std::string ToYaml(std::string_view json);

}  // namespace locus::ctl
