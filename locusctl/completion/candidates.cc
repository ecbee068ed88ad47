#include "locusctl/completion/candidates.h"

#include <algorithm>
#include <set>
#include <string_view>

namespace locus::ctl {
namespace {

constexpr const char* kFiles = ":0\n";
constexpr const char* kNoFiles = ":4\n";
constexpr const char* kFolders = ":16\n";

bool StartsWith(std::string_view text, std::string_view start) { return text.substr(0, start.size()) == start; }

// Where the words have led: the commands from the outermost to the innermost, and what has been seen on the way.
struct Place {
  std::vector<const CommandDescription*> commands;
  std::set<const FlagDescription*> given;
  size_t arguments = 0;
  // The word to complete is the value of this flag.
  const FlagDescription* waiting = nullptr;
  // All that follows is for another program.
  bool foreign = false;
};

const FlagDescription* FindFlag(const Place& place, std::string_view name) {
  // An inner command's flag hides an outer one's.
  for (auto command = place.commands.rbegin(); command != place.commands.rend(); ++command) {
    for (const FlagDescription& flag : (*command)->flags) {
      if (std::find(flag.names.begin(), flag.names.end(), name) != flag.names.end()) return &flag;
    }
  }
  return nullptr;
}

const CommandDescription* FindVerb(const CommandDescription& command, std::string_view name) {
  const auto found = std::find_if(command.verbs.begin(), command.verbs.end(),
                                  [&](const CommandDescription& verb) { return verb.name == name; });
  return found == command.verbs.end() ? nullptr : &*found;
}

void Pass(const std::string& word, Place& place) {
  if (place.waiting != nullptr) {
    place.waiting = nullptr;
  } else if (word == "--") {
    place.foreign = true;
  } else if (word.size() > 1 && word[0] == '-') {
    const size_t equals = word.find('=');
    const FlagDescription* flag = FindFlag(place, std::string_view(word).substr(0, equals));
    if (flag == nullptr) return;
    place.given.insert(flag);
    if (!flag->value.empty() && equals == std::string::npos) place.waiting = flag;
  } else if (const CommandDescription* verb = FindVerb(*place.commands.back(), word); verb != nullptr) {
    place.commands.push_back(verb);
  } else {
    ++place.arguments;
  }
}

CandidateList ValuesOf(const FlagDescription& flag, std::string_view start) {
  CandidateList list;
  for (const std::string& choice : flag.choices) {
    if (StartsWith(choice, start)) list.candidates.push_back({choice, ""});
  }
  list.files = flag.choices.empty() && flag.value == "FILE";
  list.folders = flag.choices.empty() && flag.value == "FOLDER";
  return list;
}

void AddFlags(const Place& place, std::string_view start, bool again, CandidateList& list) {
  std::set<std::string> seen;
  for (auto command = place.commands.rbegin(); command != place.commands.rend(); ++command) {
    for (const FlagDescription& flag : (*command)->flags) {
      if (flag.names.empty() || !seen.insert(flag.names.back()).second) continue;
      if ((place.given.count(&flag) > 0) != again) continue;
      for (const std::string& name : flag.names) {
        // Of a flag with two names the long one says more.
        if (name != flag.names.back() && start.substr(0, 2) != name) continue;
        if (StartsWith(name, start)) list.candidates.push_back({name, flag.help});
      }
    }
  }
}

void AddArguments(const CommandDescription& command, size_t passed, std::string_view start, CandidateList& list) {
  if (command.arguments.empty()) return;
  const size_t index = std::min(passed, command.arguments.size() - 1);
  if (passed > index && !command.arguments[index].several) return;
  for (const std::string& choice : command.arguments[index].choices) {
    if (StartsWith(choice, start)) list.candidates.push_back({choice, ""});
  }
}

}  // namespace

CandidateList Candidates(const CommandDescription& program, const std::vector<std::string>& words) {
  Place place;
  place.commands.push_back(&program);
  for (size_t i = 0; i + 1 < words.size() && !place.foreign; ++i) Pass(words[i], place);
  const std::string last = words.empty() ? "" : words.back();
  CandidateList list;
  if (place.foreign) {
    list.files = true;
    return list;
  }
  if (place.waiting != nullptr) return ValuesOf(*place.waiting, last);
  const size_t equals = last.find('=');
  if (last.size() > 2 && last[0] == '-' && equals != std::string::npos) {
    const FlagDescription* flag = FindFlag(place, std::string_view(last).substr(0, equals));
    return flag == nullptr || flag->value.empty() ? list : ValuesOf(*flag, std::string_view(last).substr(equals + 1));
  }
  const CommandDescription& command = *place.commands.back();
  if (last.empty() || last[0] != '-') {
    for (const CommandDescription& verb : command.verbs) {
      if (StartsWith(verb.name, last)) list.candidates.push_back({verb.name, verb.summary});
    }
    AddArguments(command, place.arguments, last, list);
    // A verb or an argument has to come first.
    if (!last.empty() || !list.candidates.empty() || !command.arguments.empty()) return list;
  }
  AddFlags(place, last, /*again=*/false, list);
  if (list.candidates.empty()) AddFlags(place, last, /*again=*/true, list);
  return list;
}

std::string CandidatesText(const CandidateList& list) {
  std::string text;
  for (const Candidate& candidate : list.candidates) {
    text += candidate.text + (candidate.help.empty() ? "" : "\t" + candidate.help) + "\n";
  }
  return text + (list.folders ? kFolders : list.files ? kFiles : kNoFiles);
}

}  // namespace locus::ctl
