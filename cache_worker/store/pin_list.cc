#include "cache_worker/store/pin_list.h"

#include <xxhash.h>

#include <cstdint>

#include "cache_worker/origin/path.h"
#include "cache_worker/store/little_endian.h"
#include "common/status.h"

namespace locus::worker {
namespace {

constexpr std::string_view kMagic = "LOCUSPIN";
constexpr uint32_t kVersion = 1;
// Magic, version, number of paths; the checksum is the last field and covers all before it.
constexpr size_t kHeaderBytes = 16;
constexpr size_t kChecksumBytes = 8;

absl::Status Damaged(std::string_view what) { return absl::DataLossError(ToAbsl(what)); }

}  // namespace

void PinList::RemoveBelow(const std::string& path) {
  paths_.erase(path);
  const std::string prefix = path == "/" ? "/" : path + "/";
  const auto begin = paths_.lower_bound(prefix);
  auto end = begin;
  while (end != paths_.end() && end->compare(0, prefix.size(), prefix) == 0) ++end;
  paths_.erase(begin, end);
}

std::string PinList::Holder(std::string_view path) const {
  if (paths_.empty()) return "";
  for (;;) {
    if (const auto found = paths_.find(path); found != paths_.end()) return *found;
    if (path == "/" || path.empty()) return "";
    const size_t slash = path.rfind('/');
    path = slash == 0 ? "/" : path.substr(0, slash);
  }
}

std::string EncodePins(const PinList& pins) {
  std::string out(kMagic);
  PutLittleEndian(out, kVersion);
  PutLittleEndian(out, static_cast<uint32_t>(pins.size()));
  for (const std::string& path : pins.paths()) {
    PutLittleEndian(out, static_cast<uint32_t>(path.size()));
    out += path;
  }
  PutLittleEndian(out, static_cast<uint64_t>(XXH3_64bits(out.data(), out.size())));
  return out;
}

absl::StatusOr<PinList> DecodePins(std::string_view bytes) {
  if (bytes.size() < kHeaderBytes + kChecksumBytes) return Damaged("too short");
  const std::string_view body = bytes.substr(0, bytes.size() - kChecksumBytes);
  LittleEndianCursor checksum(bytes.substr(body.size()));
  if (checksum.Take<uint64_t>() != XXH3_64bits(body.data(), body.size())) return Damaged("the checksum is wrong");
  LittleEndianCursor cursor(body);
  if (cursor.TakeBytes(kMagic.size()) != kMagic) return Damaged("the magic is wrong");
  if (cursor.Take<uint32_t>() != kVersion) return Damaged("the version is not known");
  const auto count = cursor.Take<uint32_t>();
  if (count > kMaxPins) return Damaged("too many pins");
  PinList pins;
  for (uint32_t i = 0; i < count; ++i) {
    if (cursor.left() < sizeof(uint32_t)) return Damaged("a path is missing");
    const auto length = cursor.Take<uint32_t>();
    if (length > cursor.left()) return Damaged("a path is cut");
    const std::string path(cursor.TakeBytes(length));
    if (!CheckPath(path).ok()) return Damaged("a path is not canonical");
    pins.Add(path);
  }
  if (cursor.left() != 0) return Damaged("there is something behind the last path");
  return pins;
}

}  // namespace locus::worker
