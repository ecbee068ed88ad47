#include "cache_worker/origin/s3_xml.h"

#include <algorithm>
#include <charconv>
#include <pugixml.hpp>

#include "cache_worker/origin/times.h"
#include "common/status.h"
#include "common/url.h"

namespace locus::worker {
namespace {

// Form encoding, as S3 writes it: a blank is '+', and '+' itself is encoded.
std::optional<std::string> KeyOf(std::string_view text, bool encoded) {
  if (!encoded) return std::string(text);
  std::string blanks(text);
  std::replace(blanks.begin(), blanks.end(), '+', ' ');
  return PercentDecoded(blanks);
}

absl::Status BadEntry(const pugi::xml_node& node, const char* what) {
  return InvalidArgument(std::string("a listing with an entry '") + node.child_value("Key") + "' whose " + what +
                         " cannot be read");
}

absl::StatusOr<S3Object> ObjectOf(const pugi::xml_node& node, bool encoded) {
  S3Object object;
  std::optional<std::string> key = KeyOf(node.child_value("Key"), encoded);
  if (!key || key->empty()) return BadEntry(node, "Key");
  object.key = std::move(*key);
  const std::string_view size = node.child_value("Size");
  const auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), object.size);
  if (size.empty() || error != std::errc() || end != size.data() + size.size()) return BadEntry(node, "Size");
  const std::optional<int64_t> modified = ParseIsoTime(node.child_value("LastModified"));
  if (!modified) return BadEntry(node, "LastModified");
  object.modified_s = *modified;
  object.etag = node.child_value("ETag");
  return object;
}

}  // namespace

absl::StatusOr<S3Page> ParseS3Page(std::string_view xml) {
  pugi::xml_document document;
  const pugi::xml_parse_result parsed = document.load_buffer(xml.data(), xml.size());
  if (!parsed) return InvalidArgument(std::string("a listing that is no XML: ") + parsed.description());
  const pugi::xml_node root = document.child("ListBucketResult");
  if (!root) return InvalidArgument("an answer that is no listing");
  const bool encoded = std::string_view(root.child_value("EncodingType")) == "url";
  S3Page page;
  for (const pugi::xml_node& node : root.children("Contents")) {
    LOCUS_ASSIGN_OR_RETURN(S3Object object, ObjectOf(node, encoded));
    page.objects.push_back(std::move(object));
  }
  for (const pugi::xml_node& node : root.children("CommonPrefixes")) {
    std::optional<std::string> prefix = KeyOf(node.child_value("Prefix"), encoded);
    if (!prefix) return BadEntry(node, "Prefix");
    page.prefixes.push_back(std::move(*prefix));
  }
  if (std::string_view(root.child_value("IsTruncated")) == "true") {
    page.next_token = root.child_value("NextContinuationToken");
    if (page.next_token.empty()) return InvalidArgument("a listing that goes on, without NextContinuationToken");
  }
  return page;
}

std::optional<S3Error> ParseS3Error(std::string_view xml) {
  pugi::xml_document document;
  if (!document.load_buffer(xml.data(), xml.size())) return std::nullopt;
  const pugi::xml_node root = document.child("Error");
  S3Error error{root.child_value("Code"), root.child_value("Message"), root.child_value("Region"),
                root.child_value("Endpoint"), root.child_value("ServerTime")};
  if (error.code.empty()) return std::nullopt;
  return error;
}

}  // namespace locus::worker
