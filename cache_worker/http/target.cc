#include "cache_worker/http/target.h"

#include <charconv>
#include <optional>

#include "cache_worker/origin/path.h"
#include "common/status.h"

namespace locus::worker {
namespace {

constexpr std::string_view kFiles = "/v1/files/";
constexpr std::string_view kBlocks = "/v1/blocks/";
constexpr size_t kIdDigits = 16;

std::optional<int> HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

absl::StatusOr<std::string> PercentDecoded(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    const auto high = i + 2 < text.size() ? HexDigit(text[i + 1]) : std::nullopt;
    const auto low = i + 2 < text.size() ? HexDigit(text[i + 2]) : std::nullopt;
    if (!high || !low) return InvalidArgument("the path has a '%' without two hexadecimal digits behind it");
    decoded += static_cast<char>(*high * 16 + *low);
    i += 2;
  }
  return decoded;
}

// All of the text, in that base.
template <typename Number>
bool ParseWhole(std::string_view text, int base, Number& number) {
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, number, base);
  return error == std::errc() && end == last;
}

}  // namespace

absl::StatusOr<Target> ParseTarget(std::string_view raw) {
  if (raw.substr(0, kFiles.size()) == kFiles) {
    LOCUS_ASSIGN_OR_RETURN(std::string path, PercentDecoded(raw.substr(kFiles.size() - 1)));
    LOCUS_RETURN_IF_ERROR(CheckPath(path));
    return FileTarget{std::move(path)};
  }
  if (raw.substr(0, kBlocks.size()) == kBlocks) {
    const std::string_view rest = raw.substr(kBlocks.size());
    BlockTarget block;
    if (rest.size() < kIdDigits + 2 || rest[kIdDigits] != '/' ||
        !ParseWhole(rest.substr(0, kIdDigits), 16, block.file_id) ||
        !ParseWhole(rest.substr(kIdDigits + 1), 10, block.index)) {
      return InvalidArgument("write /v1/blocks/ID/INDEX: 16 hexadecimal digits and a number");
    }
    return block;
  }
  return NotFound("no such resource: there are /v1/files/PATH and /v1/blocks/ID/INDEX");
}

}  // namespace locus::worker
