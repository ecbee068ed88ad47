// locus-meta's WatchLocality over gRPC.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/mutex.h"
#include "locusctl/locality_watch.h"
#include "locusctl/servers/dialer.h"
#include "proto/locus/v1/locality.grpc.pb.h"

namespace locus::ctl {

// A thread of its own opens each stream, which takes as long as the network likes, and reads it. What it has read and
// nobody has taken is bounded; further news waits at the server.
class GrpcLocalityWatch final : public LocalityWatch {
 public:
  // `dialer` must outlive this.
  GrpcLocalityWatch(std::string address, const Dialer& dialer);
  // Ends the stream.
  ~GrpcLocalityWatch() override;

  std::string address() const override { return address_; }
  void Open(const std::vector<std::string>& inputs) override;
  void Want(const std::vector<std::string>& inputs) override;
  WatchNews Next(Duration wait) override;

 private:
  struct Call {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReaderWriterInterface<v1::WatchLocalityRequest, v1::WatchLocalityResponse>> stream;
    // Held while something is written: nothing is before the stream is open, or after its end.
    Mutex writing;
    bool open = false;
    std::thread thread;
  };

  void Close();
  // The whole life of a call. Opens it with `first`.
  void Run(Call& call, const v1::WatchLocalityRequest& first);
  // Waits while too much is waiting.
  void Tell(WatchNews news);

  const std::string address_;
  const Dialer& dialer_;
  std::unique_ptr<v1::LocalityService::StubInterface> stub_;
  std::unique_ptr<Call> call_;
  Mutex mutex_;
  CondVar changed_;
  bool closing_ GUARDED_BY(mutex_) = false;
  std::deque<WatchNews> news_ GUARDED_BY(mutex_);
};

}  // namespace locus::ctl
