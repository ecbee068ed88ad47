// bare_stream PORT_FILE BYTES [MEMORY]
//
// The floor of gRPC: CacheService.Read as the generated classes offer it, from memory, of a file that has BYTES bytes
// whatever its path is. No disk, no checksum, no under-store; chunks of 1 MiB. Without MEMORY they are always the same
// one, which the processor's cache holds; with it they come in turns out of so many bytes, as those of cached files do.
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <iostream>
#include <string>

#include "common/grpc_server.h"
#include "common/lifecycle.h"
#include "common/status.h"
#include "proto/locus/v1/cache.grpc.pb.h"

namespace {

constexpr uint64_t kChunk = 1 << 20;

class BareStream final : public locus::v1::CacheService::Service {
 public:
  BareStream(uint64_t bytes, uint64_t memory) : bytes_(bytes), memory_(std::max(memory, kChunk), 'x') {}

  grpc::Status Read(grpc::ServerContext*, const locus::v1::ReadRequest*,
                    grpc::ServerWriter<locus::v1::ReadResponse>* writer) override {
    locus::v1::ReadResponse response;
    response.set_source(locus::v1::TIER_MEM);
    const uint64_t chunks = memory_.size() / kChunk;
    if (chunks == 1) response.set_data(memory_.data(), kChunk);
    for (uint64_t left = bytes_; left > 0;) {
      const uint64_t size = std::min(left, kChunk);
      if (chunks > 1) response.set_data(memory_.data() + next_++ % chunks * kChunk, size);
      if (size < kChunk) response.mutable_data()->resize(size);
      if (!writer->Write(response)) return {grpc::StatusCode::CANCELLED, "the reader left"};
      left -= size;
    }
    return grpc::Status::OK;
  }

 private:
  const uint64_t bytes_;
  const std::string memory_;
  std::atomic<uint64_t> next_{0};
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 && argc != 4) {
    std::cerr << "usage: bare_stream PORT_FILE BYTES [MEMORY]\n";
    return 2;
  }
  locus::BlockStopSignals();
  BareStream service(std::strtoull(argv[2], nullptr, 10), argc == 4 ? std::strtoull(argv[3], nullptr, 10) : 0);
  locus::GrpcServer server({});
  absl::Status status = server.Start({&service});
  if (status.ok()) status = locus::WritePortFile(argv[1], server.port());
  if (!status.ok()) {
    std::cerr << "bare_stream: " << locus::MessageOf(status) << "\n";
    return 1;
  }
  locus::WaitForStopSignal();
  return 0;
}
