// A client of the Alluxio worker's protocol that does what Java's does: a handshake whose stream stays open, one
// acknowledgement for each chunk, a half-close at the end.
#pragma once

#include <catch2/catch.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "alluxio_wire/channel_id.h"
#include "alluxio_wire/plain.h"
#include "alluxio_wire/session.h"
#include "proto/alluxio/block_worker.grpc.pb.h"

namespace locus::worker {

namespace alx = ::alluxio::grpc::block;

class AlluxioClient {
 public:
  // Connected and authenticated; REQUIREs that both work.
  explicit AlluxioClient(int port, uint64_t seed = 1) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetMaxReceiveMessageSize(100 << 20);
    channel_ =
        grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials(), arguments);
    alluxio_wire::ChannelIds ids{std::mt19937_64(seed)};
    session_ = std::make_unique<alluxio_wire::Session>(
        channel_,
        alluxio_wire::SessionOptions{
            ids.Next(), alluxio_wire::PlainInitialResponse("user", alluxio_wire::kNoPassword).value(), "test"});
    const grpc::Status status = session_->Authenticate(std::chrono::seconds(20));
    INFO(status.error_message());
    REQUIRE(status.ok());
    stub_ = alx::BlockWorker::NewStub(channel_);
  }

  alx::BlockWorker::Stub& stub() { return *stub_; }
  void Sign(grpc::ClientContext& context) const { session_->Sign(context); }

  struct Answer {
    grpc::Status status;
    std::string bytes;
    // Of each message.
    std::vector<size_t> chunks;
  };
  Answer Read(const alx::ReadRequest& request, bool acknowledge = true) {
    grpc::ClientContext context;
    Sign(context);
    const auto stream = stub_->ReadBlock(&context);
    Answer answer;
    stream->Write(request);
    alx::ReadResponse response;
    alx::ReadRequest ack = request;
    while (stream->Read(&response)) {
      answer.bytes += response.chunk().data();
      answer.chunks.push_back(response.chunk().data().size());
      if (!acknowledge) continue;
      ack.set_offset_received(request.offset() + static_cast<int64_t>(answer.bytes.size()));
      stream->Write(ack);
    }
    stream->WritesDone();
    answer.status = stream->Finish();
    return answer;
  }

 private:
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<alluxio_wire::Session> session_;
  std::unique_ptr<alx::BlockWorker::Stub> stub_;
};

// Whole blocks in chunks of a mebibyte, as Java asks.
inline alx::ReadRequest WholeBlock(int64_t block_id, uint64_t length) {
  alx::ReadRequest request;
  request.set_block_id(block_id);
  request.set_offset(0);
  request.set_length(static_cast<int64_t>(length));
  request.set_chunk_size(1 << 20);
  return request;
}

}  // namespace locus::worker
