// fixed_locality PORT_FILE HOLDERS
//
// A LocalityService for the bench: every input is known and lies on the first HOLDERS nodes (bench-node-0000…),
// unevenly, in two tiers, with copies that overlap; every node reports a load. It stands in for locus-meta so that the
// bench measures the extender alone.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <utility>

#include "common/grpc_server.h"
#include "common/lifecycle.h"
#include "common/status.h"
#include "proto/locus/v1/locality.grpc.pb.h"

namespace {

using namespace locus::v1;

// 44 characters, as kube-scheduler sees on clouds; run_extender_bench.py builds the same.
std::string NodeName(int i) {
  char name[64];
  std::snprintf(name, sizeof name, "bench-node-%04d.compute.internal.example.com", i);
  return name;
}

void SetAddress(int i, HolderAddress* address) {
  address->set_host(NodeName(i));
  address->set_data_port(29999);
}

// As many as the extender asks samples of by default: the most that a decision ever reads.
constexpr uint64_t kBlocks = 4096;
constexpr uint64_t kBlockBytes = 16 << 20;

uint64_t MemBytes(int holder) { return (static_cast<uint64_t>(holder % 17) + 1) << 26; }
uint64_t SsdBytes(int holder) { return (static_cast<uint64_t>(holder % 5) + 1) << 28; }

// Every input's blocks; each lies on a holder with the probability that gives the holder its bytes.
SampleBlocksResponse MakeSample(int holders) {
  SampleBlocksResponse sample;
  for (int i = 0; i < holders; ++i) sample.add_nodes(NodeName(i));
  std::mt19937_64 random(1);
  for (uint64_t block = 0; block < kBlocks; ++block) {
    SampledBlock sampled;
    sampled.set_length_bytes(kBlockBytes);
    for (int i = 0; i < holders; ++i) {
      if (random() % (kBlocks * kBlockBytes) < MemBytes(i) + SsdBytes(i)) sampled.add_nodes(static_cast<uint32_t>(i));
    }
    if (sampled.nodes_size() > 0) *sample.add_blocks() = std::move(sampled);
  }
  sample.set_cached_blocks(static_cast<uint64_t>(sample.blocks_size()));
  return sample;
}

class FixedLocality final : public LocalityService::Service {
 public:
  explicit FixedLocality(int holders) : holders_(holders), sample_(MakeSample(holders)) {}

  grpc::Status SampleBlocks(grpc::ServerContext*, const SampleBlocksRequest*, SampleBlocksResponse* response) override {
    *response = sample_;
    return grpc::Status::OK;
  }

  grpc::Status WatchLocality(grpc::ServerContext* context,
                             grpc::ServerReaderWriter<WatchLocalityResponse, WatchLocalityRequest>* stream) override {
    std::thread beats([&] {
      while (!context->IsCancelled()) {
        WatchLocalityResponse beat;
        beat.mutable_freshness()->set_run(1);
        beat.mutable_freshness()->set_epoch(1);
        if (!Write(stream, beat)) return;
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
      }
    });
    WatchLocalityRequest request;
    bool first = true;
    while (stream->Read(&request)) {
      WatchLocalityResponse answer;
      answer.mutable_freshness()->set_run(1);
      answer.mutable_freshness()->set_epoch(1);
      if (std::exchange(first, false)) FillWorkers(answer.mutable_workers());
      for (const std::string& input : request.add()) FillInput(input, answer.add_inputs());
      Write(stream, answer);
    }
    context->TryCancel();
    beats.join();
    return grpc::Status::OK;
  }

 private:
  bool Write(grpc::ServerReaderWriter<WatchLocalityResponse, WatchLocalityRequest>* stream,
             const WatchLocalityResponse& response) {
    const std::lock_guard<std::mutex> lock(mutex_);
    return stream->Write(response);
  }

  void FillInput(const std::string& uri, InputLocality* input) const {
    input->set_input(uri);
    input->set_state(InputLocality::KNOWN);
    input->set_length_bytes(kBlocks * kBlockBytes);
    input->set_cached_bytes(sample_.cached_blocks() * kBlockBytes);
    input->set_files(1000);
    input->set_blocks(kBlocks);
    for (int i = 0; i < holders_; ++i) {
      HolderLocality* holder = input->add_holders();
      SetAddress(i, holder->mutable_address());
      holder->set_node(NodeName(i));
      TierBytes* mem = holder->add_tiers();
      mem->set_tier(TIER_MEM);
      mem->set_bytes(MemBytes(i));
      TierBytes* ssd = holder->add_tiers();
      ssd->set_tier(TIER_SSD);
      ssd->set_bytes(SsdBytes(i));
    }
  }

  void FillWorkers(WorkerList* list) const {
    for (int i = 0; i < holders_; ++i) {
      Worker* worker = list->add_workers();
      SetAddress(i, worker->mutable_address());
      worker->set_node(NodeName(i));
      worker->set_state(Worker::LIVE);
      worker->mutable_load()->set_overall(0.01 * (i % 60));
    }
  }

  const int holders_;
  const SampleBlocksResponse sample_;
  std::mutex mutex_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: fixed_locality PORT_FILE HOLDERS\n";
    return 2;
  }
  locus::BlockStopSignals();
  FixedLocality service(std::clamp(std::atoi(argv[2]), 1, 100000));
  locus::GrpcServer server({});
  absl::Status status = server.Start({&service});
  if (status.ok()) status = locus::WritePortFile(argv[1], server.port());
  if (!status.ok()) {
    std::cerr << "fixed_locality: " << locus::MessageOf(status) << "\n";
    return 1;
  }
  locus::WaitForStopSignal();
  return 0;
}
