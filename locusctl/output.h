// Where a verb writes, and what it ends with.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "locusctl/table.h"

namespace locus::ctl {

// Exit codes of the program; scripts rely on them.
enum ExitCode : int {
  kOk = 0,
  // The server answered, and the answer is no: unknown input, no decision on record, no worker, a broken
  // layer.
  kNegative = 1,
  // The command line is wrong, or the server called the question malformed.
  kUsage = 2,
  // No usable answer: not reached, not in time, or not understood.
  kUnreachable = 3,
  // Of doctor: nothing is wrong as far as can be seen, but not all can be.
  kUndecided = 4,
};

enum class Format { kTable, kJson, kYaml };

// The streams must outlive this. Answers go to `out`, all else to `err`.
struct Output {
  std::ostream& out;
  std::ostream& err;
  Style style;
  // As the user called it: "locusctl" or "kubectl locus".
  std::string program;
  Format format = Format::kTable;

  // An answer is one document instead of tables and advice.
  bool ForPrograms() const { return format != Format::kTable; }
  // `json` in the format asked for: as it is, or as a YAML document of the same content behind its own "---".
  std::string Document(std::string json) const;
};

// "locusctl: WHAT" and, indented, what to do next. Makes both safe for a terminal.
void Complain(const Output& output, std::string_view what, std::string_view next);

// A failed call to locus-meta: says what failed, where and what to do; gives the exit code.
int MetaFailed(const Output& output, const absl::Status& status, std::string_view doing, std::string_view address);

// As above for the extender.
int ExtenderFailed(const Output& output, const absl::Status& status, std::string_view doing, std::string_view address);

// The extender was reached, but what it said was no answer: an unexpected status or text.
int ExtenderPuzzling(const Output& output, std::string_view what, std::string_view doing, std::string_view address);

}  // namespace locus::ctl
