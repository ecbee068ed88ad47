#include "locusctl/spark/input_list.h"

#include <algorithm>

namespace locus::ctl {
namespace {

constexpr std::string_view kAlluxio = "alluxio://";
// GetLocalityRequest.inputs.
constexpr size_t kMaxInputBytes = 4096;

std::string_view Trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

bool StartsInput(std::string_view text) {
  text = Trim(text.substr(0, text.find(',')));
  return text.empty() || text.front() == '/' || text.find("://") != std::string_view::npos;
}

// "alluxio://zk@a:2181" of "alluxio://zk@a:2181,b:2181/x".
bool InAuthority(std::string_view element, std::string_view rest) {
  element = Trim(element);
  return element.starts_with(kAlluxio) && element.find('/', kAlluxio.size()) == std::string_view::npos &&
         !StartsInput(rest);
}

}  // namespace

std::vector<std::string> SplitInputs(std::string_view list) {
  std::vector<std::string> elements;
  size_t begin = 0;
  bool braces = false;
  for (size_t i = 0; i <= list.size(); ++i) {
    if (i < list.size()) {
      if (list[i] == '{') braces = list.find('}', i) != std::string_view::npos;
      if (list[i] == '}') braces = false;
      if (list[i] != ',' || braces || InAuthority(list.substr(begin, i - begin), list.substr(i + 1))) continue;
    }
    const std::string_view element = Trim(list.substr(begin, i - begin));
    if (!element.empty()) elements.emplace_back(element);
    begin = i + 1;
  }
  return elements;
}

std::string ProblemOfInput(std::string_view input) {
  if (input.size() > kMaxInputBytes) return "longer than 4096 bytes";
  const bool control =
      std::any_of(input.begin(), input.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  if (control) return "contains a control character";
  if (!input.starts_with('/') && input.find("://") == std::string_view::npos) {
    return "is neither a URI nor an absolute path; write for example alluxio:///warehouse/events";
  }
  return "";
}

std::string ThroughFront(std::string_view input, std::string_view front) {
  if (input.starts_with(kAlluxio)) {
    const size_t path = input.find('/', kAlluxio.size());
    input = path == std::string_view::npos ? "/" : input.substr(path);
  } else if (!input.starts_with('/')) {
    return "";
  }
  return std::string(kAlluxio) + std::string(front) + std::string(input);
}

}  // namespace locus::ctl
