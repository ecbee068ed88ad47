#include "extender/decision/annotations.h"

#include <algorithm>
#include <utility>

#include "common/status.h"
#include "common/units.h"

namespace locus::extender {
namespace {

// A problem quotes at most this much of a value.
constexpr size_t kQuotedBytes = 80;

std::string Quote(std::string_view text) {
  if (text.size() <= kQuotedBytes) return "'" + std::string(text) + "'";
  size_t cut = kQuotedBytes;
  // Not in the middle of a UTF-8 character.
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;
  return "'" + std::string(text.substr(0, cut)) + "...'";
}

std::string_view Trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

bool StartsInput(std::string_view text) {
  text = Trim(text.substr(0, text.find(',')));
  return text.empty() || text.front() == '/' || text.find("://") != std::string_view::npos;
}

constexpr std::string_view kAlluxio = "alluxio://";

// "alluxio://zk@a:2181" of "alluxio://zk@a:2181,b:2181/x".
bool InAuthority(std::string_view element, std::string_view rest) {
  element = Trim(element);
  return element.substr(0, kAlluxio.size()) == kAlluxio &&
         element.find('/', kAlluxio.size()) == std::string_view::npos && !StartsInput(rest);
}

std::vector<std::string_view> Split(std::string_view list) {
  std::vector<std::string_view> elements;
  size_t begin = 0;
  bool braces = false;
  for (size_t i = 0; i < list.size(); ++i) {
    if (list[i] == '{') braces = list.find('}', i) != std::string_view::npos;
    if (list[i] == '}') braces = false;
    if (list[i] != ',' || braces) continue;
    if (InAuthority(list.substr(begin, i - begin), list.substr(i + 1))) continue;
    elements.push_back(Trim(list.substr(begin, i - begin)));
    begin = i + 1;
  }
  elements.push_back(Trim(list.substr(begin)));
  elements.erase(std::remove(elements.begin(), elements.end(), std::string_view()), elements.end());
  return elements;
}

// Why `input` cannot be one; empty: it can.
std::string ProblemOf(std::string_view input) {
  const bool control =
      std::any_of(input.begin(), input.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  if (control) return "an input contains a control character";
  if (input.front() != '/' && input.find("://") == std::string_view::npos) {
    return Quote(input) + " is neither a URI nor an absolute path";
  }
  return "";
}

// What an input names, without the ways to write the same: alluxio://any/a/b/ and /a/b are one. The root is "".
std::string_view KeyOf(std::string_view input) {
  if (input.substr(0, kAlluxio.size()) == kAlluxio) {
    const size_t path = input.find('/', kAlluxio.size());
    input = path == std::string_view::npos ? std::string_view() : input.substr(path);
  }
  while (!input.empty() && input.back() == '/') input.remove_suffix(1);
  return input;
}

// A folder counts all files below it; what a glob matches is not known here.
bool Contains(std::string_view folder, std::string_view other) {
  if (folder == other) return true;
  if (folder.find_first_of("*?[{") != std::string_view::npos) return false;
  return other.size() > folder.size() && other.substr(0, folder.size()) == folder && other[folder.size()] == '/';
}

void ParseInputs(std::string_view text, Wishes& wishes) {
  const auto problem = [&wishes](std::string words) {
    wishes.problems.push_back({Annotation::kInputs, std::move(words)});
  };
  std::vector<std::string_view> elements = Split(text);
  if (elements.size() > kMaxInputs) {
    problem(std::to_string(elements.size()) + " inputs, at most " + std::to_string(kMaxInputs) + " can be named");
    return;
  }
  for (const std::string_view element : elements) {
    if (element.size() <= kMaxInputBytes) continue;
    problem(Quote(element) + " is longer than " + std::to_string(kMaxInputBytes) + " bytes");
    return;
  }
  std::vector<std::string_view> good;
  for (const std::string_view element : elements) {
    std::string words = ProblemOf(element);
    if (words.empty()) {
      good.push_back(element);
    } else {
      problem(std::move(words));
    }
  }
  for (size_t i = 0; i < good.size(); ++i) {
    bool covered = false;
    for (size_t j = 0; j < good.size() && !covered; ++j) {
      const bool same = KeyOf(good[i]) == KeyOf(good[j]);
      // Of doubles, the first stays.
      covered = i != j && Contains(KeyOf(good[j]), KeyOf(good[i])) && (!same || j < i);
    }
    if (!covered) wishes.inputs.emplace_back(good[i]);
  }
}

template <typename Value, size_t N>
void ParseWord(Annotation annotation, std::string_view text,
               const std::array<std::pair<std::string_view, Value>, N>& words, Value& value, Wishes& wishes) {
  std::string known;
  for (const auto& [word, meaning] : words) {
    if (word == text) {
      value = meaning;
      return;
    }
    known += (known.empty() ? "" : ", ") + std::string(word);
  }
  wishes.problems.push_back({annotation, Quote(text) + " is not one of " + known});
}

void ParseShare(std::string_view text, Wishes& wishes) {
  const auto bytes = text.size() > kQuotedBytes ? InvalidArgument("too long for a size") : ParseBytes(text);
  if (!bytes.ok()) {
    wishes.problems.push_back({Annotation::kShare, MessageOf(bytes.status())});
  } else if (*bytes == 0) {
    wishes.problems.push_back({Annotation::kShare, "a share of 0 bytes"});
  } else {
    wishes.share = *bytes;
  }
}

void ParseMaxWait(std::string_view text, Wishes& wishes) {
  const auto wait = text.size() > kQuotedBytes ? InvalidArgument("too long for a duration") : ParseDuration(text);
  if (wait.ok()) {
    wishes.max_wait = *wait;
  } else {
    wishes.problems.push_back({Annotation::kMaxWait, MessageOf(wait.status())});
  }
}

constexpr std::array<std::pair<std::string_view, Policy>, 3> kPolicies = {
    {{"prefer", Policy::kPrefer}, {"wait", Policy::kWait}, {"require", Policy::kRequire}}};
constexpr std::array<std::pair<std::string_view, Layout>, 2> kLayouts = {
    {{"spread", Layout::kSpread}, {"pack", Layout::kPack}}};
constexpr std::array<std::pair<std::string_view, WhenUncached>, 2> kWhenUncached = {
    {{"pass", WhenUncached::kPass}, {"pend", WhenUncached::kPend}}};

}  // namespace

Wishes ParseAnnotations(const AnnotationTexts& texts) {
  Wishes wishes;
  const auto given = [&texts](Annotation a) -> std::optional<std::string_view> {
    const auto& text = texts[static_cast<size_t>(a)];
    // Templates render what is not set as an empty text.
    return text && !Trim(*text).empty() ? std::optional(Trim(*text)) : std::nullopt;
  };
  if (const auto text = given(Annotation::kInputs)) ParseInputs(*text, wishes);
  if (const auto text = given(Annotation::kPolicy)) {
    ParseWord(Annotation::kPolicy, *text, kPolicies, wishes.policy, wishes);
  }
  if (const auto text = given(Annotation::kLayout)) {
    ParseWord(Annotation::kLayout, *text, kLayouts, wishes.layout, wishes);
  }
  if (const auto text = given(Annotation::kWhenUncached)) {
    ParseWord(Annotation::kWhenUncached, *text, kWhenUncached, wishes.when_uncached, wishes);
  }
  if (const auto text = given(Annotation::kMaxWait)) ParseMaxWait(*text, wishes);
  if (const auto text = given(Annotation::kShare)) ParseShare(*text, wishes);
  if (const auto text = given(Annotation::kGroup)) {
    if (text->size() <= kMaxGroupBytes) {
      wishes.group = *text;
    } else {
      wishes.problems.push_back({Annotation::kGroup, "longer than " + std::to_string(kMaxGroupBytes) + " bytes"});
    }
  }
  return wishes;
}

}  // namespace locus::extender
