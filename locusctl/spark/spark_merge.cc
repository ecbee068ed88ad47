#include "locusctl/spark/spark_merge.h"

#include <algorithm>
#include <optional>
#include <string_view>

namespace locus::ctl {
namespace {

// The words of a command line as Spark splits Java options: at blanks outside of quotes; quotes are dropped.
std::vector<std::string> Words(std::string_view text) {
  std::vector<std::string> words;
  // 0: outside of quotes.
  char quote = 0;
  bool open = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (quote == 0 && blank) {
      open = false;
      continue;
    }
    if (!open) words.emplace_back();
    open = true;
    if (quote != 0 && c == quote) {
      quote = 0;
    } else if (quote == 0 && (c == '"' || c == '\'')) {
      quote = c;
    } else if (c == '\\' && i + 1 < text.size() && quote != '\'') {
      words.back() += text[++i];
    } else {
      words.back() += c;
    }
  }
  return words;
}

// The value of -Dname= among `words`; the last counts.
std::optional<std::string> ValueOf(const std::vector<std::string>& words, const std::string& option) {
  const std::string prefix = option.substr(0, option.find('=') + 1);
  std::optional<std::string> value;
  for (const std::string& word : words) {
    if (word.starts_with(prefix)) value = word.substr(prefix.size());
  }
  return value;
}

Setting* Find(std::vector<Setting>& settings, const std::string& name) {
  const auto found = std::find_if(settings.begin(), settings.end(), [&](const Setting& s) { return s.name == name; });
  return found == settings.end() ? nullptr : &*found;
}

void JoinJavaOption(const Setting& setting, const GivenValues& given, MergedSettings& merged) {
  const auto theirs = given.find(setting.name);
  const std::vector<std::string> their_words =
      theirs == given.end() ? std::vector<std::string>() : Words(theirs->second.value);
  std::string options;
  for (const std::string& option : Words(setting.value)) {
    const std::optional<std::string> value = ValueOf(their_words, option);
    const std::string wanted = option.substr(option.find('=') + 1);
    if (!value) {
      options += (options.empty() ? "" : " ") + option;
    } else if (*value != wanted) {
      const std::string name = option.substr(0, option.find('='));
      merged.kept.push_back(
          {setting.name + " " + name, *value, theirs->second.where, wanted, setting.reason, setting.layer});
    }
  }
  if (options.empty()) return;
  if (Setting* before = Find(merged.settings, setting.name)) {
    before->value += " " + options;
    before->reason += "; " + setting.reason;
    before->layer = setting.layer;
    return;
  }
  Setting joined = setting;
  joined.value = (their_words.empty() ? "" : theirs->second.value + " ") + options;
  merged.settings.push_back(joined);
}

}  // namespace

MergedSettings MergeSettings(const std::vector<Setting>& settings, const GivenValues& given) {
  MergedSettings merged;
  for (const Setting& setting : settings) {
    if (setting.java_option) {
      JoinJavaOption(setting, given, merged);
      continue;
    }
    auto theirs = given.find(setting.name);
    for (const std::string& alias : setting.aliases) {
      if (theirs == given.end()) theirs = given.find(alias);
    }
    if (theirs == given.end()) {
      merged.settings.push_back(setting);
    } else if (theirs->second.value != setting.value) {
      merged.kept.push_back(
          {theirs->first, theirs->second.value, theirs->second.where, setting.value, setting.reason, setting.layer});
    }
  }
  return merged;
}

std::string Describe(const Kept& kept) {
  return kept.name + "=" + kept.value + " stays as you have set it (" + kept.where + "); Locus would set " +
         kept.wanted + ": " + kept.reason + ". This may break \"" + LayerName(kept.layer) + "\".";
}

}  // namespace locus::ctl
