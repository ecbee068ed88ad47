// An Output whose streams a test reads.
#pragma once

#include <sstream>
#include <string>

#include "locusctl/output.h"

namespace locus::ctl {

struct CapturedOutput {
  Output AsText(Style style = {}) { return {out, err, style, "locusctl", Format::kTable}; }
  Output AsJson() { return {out, err, {}, "locusctl", Format::kJson}; }
  Output AsYaml() { return {out, err, {}, "locusctl", Format::kYaml}; }
  std::ostringstream out;
  std::ostringstream err;
};

// No byte below space but newlines, no DEL: nothing that a terminal obeys.
inline bool IsHarmless(const std::string& text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\n') || byte == 0x7f) return false;
  }
  // C1 controls and direction overrides in UTF-8.
  for (const char* bad : {"\xC2\x9B", "\xE2\x80\xAE"}) {
    if (text.find(bad) != std::string::npos) return false;
  }
  return true;
}

// What a hostile server would put into any name.
constexpr const char* kHostile = "x\x1b[31m\x1b]0;t\x07\r\nb\xC2\x9B\xE2\x80\xAE\xFFz";

}  // namespace locus::ctl
