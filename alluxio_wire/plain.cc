#include "alluxio_wire/plain.h"

#include "common/status.h"

namespace locus::alluxio_wire {
namespace {

absl::Status Check(std::string_view part, std::string_view name) {
  if (part.empty()) return InvalidArgument("the " + std::string(name) + " is empty, which Alluxio does not accept");
  if (part.find('\0') != std::string_view::npos) {
    return InvalidArgument("the " + std::string(name) + " has a NUL character in it");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> PlainInitialResponse(std::string_view user, std::string_view password) {
  LOCUS_RETURN_IF_ERROR(Check(user, "user name"));
  LOCUS_RETURN_IF_ERROR(Check(password, "password"));
  std::string response(1, '\0');
  response += user;
  response += '\0';
  response += password;
  return response;
}

absl::StatusOr<PlainIdentity> ParsePlainResponse(std::string_view response) {
  const size_t first = response.find('\0');
  const size_t second = first == std::string_view::npos ? first : response.find('\0', first + 1);
  if (second == std::string_view::npos) return InvalidArgument("is no SASL PLAIN response: it has not three parts");
  const std::string_view user = response.substr(first + 1, second - first - 1);
  const std::string_view password = response.substr(second + 1);
  if (password.find('\0') != std::string_view::npos) {
    return InvalidArgument("is no SASL PLAIN response: it has more than three parts");
  }
  LOCUS_RETURN_IF_ERROR(Check(user, "user name"));
  LOCUS_RETURN_IF_ERROR(Check(password, "password"));
  return PlainIdentity{std::string(response.substr(0, first)), std::string(user)};
}

}  // namespace locus::alluxio_wire
