// Who asks an S3 server.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace locus::worker {

struct S3Credentials {
  std::string access_key;
  std::string secret_key;
  // Of temporary credentials; else empty.
  std::string session_token;
};

// Section `profile` of a file in the format of ~/.aws/credentials: [section], then aws_access_key_id = ...,
// aws_secret_access_key, aws_session_token; '#' and ';' begin comments, other names are skipped, of two lines the later
// one counts. INVALID_ARGUMENT: no such section, a name that it lacks, a value that no header can carry. The text never
// holds a secret.
absl::StatusOr<S3Credentials> ParseS3Credentials(std::string_view text, std::string_view profile);

// INVALID_ARGUMENT names what is missing or cannot go into a header. `where`: for messages.
absl::Status CheckS3Credentials(const S3Credentials& credentials, std::string_view where);

}  // namespace locus::worker
