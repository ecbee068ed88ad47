// Where changes of locality come from: locus-meta's WatchLocality in production, a script in tests.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/clock.h"
#include "proto/locus/v1/locality.pb.h"

namespace locus::ctl {

struct WatchNews {
  enum class Kind {
    // Nothing within the time that was waited.
    kNone,
    kPicture,
    // The stream has ended, or never began.
    kEnded,
  };
  Kind kind = Kind::kNone;
  // Of kPicture.
  v1::WatchLocalityResponse picture;
  // Of kEnded: why; also when the server ended it in order.
  absl::Status why;
};

// Of one thread.
class LocalityWatch {
 public:
  virtual ~LocalityWatch() = default;
  // HOST:PORT, for messages.
  virtual std::string address() const = 0;
  // Starts a stream for these inputs, which somebody waits for, in place of the present one. Does not wait for the
  // server: news says how it went.
  virtual void Open(const std::vector<std::string>& inputs) = 0;
  // Says that somebody still waits for these inputs; nothing while the stream is not open yet.
  virtual void Want(const std::vector<std::string>& inputs) = 0;
  // The next news, after at most `wait`. kEnded comes once for each Open.
  virtual WatchNews Next(Duration wait) = 0;
};

}  // namespace locus::ctl
