// What may come next on a command line, in the protocol that kubectl and the shells' scripts speak (that of Cobra,
// https://pkg.go.dev/github.com/spf13/cobra#ShellCompDirective).
#pragma once

#include <string>
#include <vector>

#include "locusctl/completion/command_description.h"

namespace locus::ctl {

// The hidden verb behind which the words to be completed stand.
inline constexpr const char* kCompleteVerb = "__complete";

struct Candidate {
  std::string text;
  // One line for people; may be empty.
  std::string help;
};

struct CandidateList {
  std::vector<Candidate> candidates;
  // What comes is the name of a file, or of a folder.
  bool files = false;
  bool folders = false;
};

// `words`: those behind the program's name up to the one that is being written, which is the last and may be empty. For
// "--flag=part" the candidates are values alone. Flags that were given already are offered again only when nothing else
// fits; behind "--" of submit, anything may come.
CandidateList Candidates(const CommandDescription& program, const std::vector<std::string>& words);

// A candidate a line, its help behind a tab; last a line with the directive: 4 no files, 0 files, 16 folders.
std::string CandidatesText(const CandidateList& list);

}  // namespace locus::ctl
