// Text of a properties file, as java.util.Properties reads and Spark writes it.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace locus::ctl {

// Names with their values, trimmed as Spark does; the last of a name counts. Line continuations and escapes
// (\t \n \r \f \uXXXX) are followed; a malformed \u stays as it is.
std::map<std::string, std::string> ParseProperties(std::string_view text);

// "name=value" with what would be read otherwise escaped; without a newline at the end. Text is UTF-8, which Spark
// reads.
std::string PropertyLine(std::string_view name, std::string_view value);

}  // namespace locus::ctl
