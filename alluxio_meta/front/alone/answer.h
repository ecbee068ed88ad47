// A call at a front without a master, and what it is answered.
#pragma once

#include <grpcpp/support/status.h>

#include <functional>
#include <string>
#include <utility>

#include "alluxio_meta/front/message_filter.h"
#include "common/status.h"

namespace locus::meta {

struct Asked {
  IncomingCall call;
  // The message, serialised.
  std::string request;
};

struct Answer {
  grpc::Status status;
  // Gives the next message; false: that was all. Empty: there is none. Called from one thread after the other, may take
  // some time, and not at all any more when the caller is gone.
  std::function<bool(std::string* message)> next;

  static Answer No(grpc::StatusCode code, const std::string& text) { return {{code, text}, {}}; }
  static Answer No(const absl::Status& status) {
    return No(static_cast<grpc::StatusCode>(status.code()), MessageOf(status));
  }
  static Answer Message(std::string message) {
    return {grpc::Status::OK, [one = std::move(message), given = false](std::string* out) mutable {
              if (std::exchange(given, true)) return false;
              *out = std::move(one);
              return true;
            }};
  }
};

// Called once, from any thread.
using Reply = std::function<void(Answer)>;

// Thread-safe. May block for a millisecond or two, not for what a worker takes to answer.
using Method = std::function<void(const Asked& asked, Reply reply)>;

}  // namespace locus::meta
