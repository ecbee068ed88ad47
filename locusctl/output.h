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

// The streams must outlive this. Answers go to `out`, all else to `err`.
struct Output {
  std::ostream& out;
  std::ostream& err;
  Style style;
  // As the user called it: "locusctl" or "kubectl locus".
  std::string program;
  bool json = false;
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
