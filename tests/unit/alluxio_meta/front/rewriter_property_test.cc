// Any listing, compared with what generated classes make of it.
#include <rapidcheck/catch.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "alluxio_meta/front/rewriter.h"
#include "proto/alluxio/file_system_master.pb.h"

using namespace locus::meta;
using Outcome = Rewriter::Outcome;
namespace file = ::alluxio::grpc::file;
using ::alluxio::grpc::BlockInfo;
using ::alluxio::grpc::BlockLocation;

namespace {

// Worker wN has N executors, but w3's only executor has its own address.
class Beside final : public ExecutorSource {
 public:
  Beside() {
    executors_["w1"] = {"e1"};
    executors_["w2"] = {"e2a", "e2b"};
    executors_["w3"] = {"w3"};
    executors_["w4"] = {"e4a", "e4b", "e4c", "e4d"};
  }
  std::span<const std::string> ExecutorsBeside(std::string_view host, std::string_view) override {
    const auto place = executors_.find(std::string(host));
    if (place == executors_.end()) return {};
    return place->second;
  }
  std::string HolderOf(const std::string& executor) const {
    for (const auto& [holder, executors] : executors_) {
      if (std::find(executors.begin(), executors.end(), executor) != executors.end()) return holder;
    }
    return "";
  }

 private:
  std::map<std::string, std::vector<std::string>> executors_;
};

void AddUnknown(google::protobuf::Message* message) {
  const int number = *rc::gen::inRange(100, 200);
  auto* fields = message->GetReflection()->MutableUnknownFields(message);
  switch (*rc::gen::inRange(0, 5)) {
    case 0: fields->AddVarint(number, *rc::gen::arbitrary<uint64_t>()); break;
    case 1: fields->AddLengthDelimited(number, *rc::gen::arbitrary<std::string>()); break;
    case 2: fields->AddFixed32(number, 5); break;
    case 3: fields->AddFixed64(number, 6); break;
    default: break;
  }
}

file::ListStatusPartialResponse AnyListing() {
  file::ListStatusPartialResponse response;
  const int files = *rc::gen::inRange(0, 5);
  for (int f = 0; f < files; ++f) {
    auto* info = response.add_file_infos();
    info->set_file_id(*rc::gen::arbitrary<int64_t>());
    info->set_path(*rc::gen::arbitrary<std::string>());
    const int blocks = *rc::gen::inRange(0, 4);
    for (int b = 0; b < blocks; ++b) {
      auto* part = info->add_file_block_infos();
      part->mutable_block_info()->set_block_id(*rc::gen::arbitrary<int64_t>());
      const int locations = *rc::gen::inRange(0, 6);
      for (int l = 0; l < locations; ++l) {
        BlockLocation* location = part->mutable_block_info()->add_locations();
        location->set_worker_id(l);
        auto* address = location->mutable_worker_address();
        address->set_host("w" + std::to_string(*rc::gen::inRange(0, 6)));
        if (*rc::gen::arbitrary<bool>()) address->set_container_host("c" + std::to_string(l));
        AddUnknown(address);
        AddUnknown(location);
      }
      AddUnknown(part);
      AddUnknown(part->mutable_block_info());
    }
    AddUnknown(info);
  }
  response.set_is_truncated(*rc::gen::arbitrary<bool>());
  AddUnknown(&response);
  return response;
}

// Whether `now` is what one of `before` says of an executor beside it.
bool ComesFrom(const BlockLocation& now, const BlockInfo& before, const Beside& beside) {
  const std::string holder = beside.HolderOf(now.worker_address().host());
  for (const BlockLocation& old : before.locations()) {
    if (old.worker_address().host() != holder) continue;
    BlockLocation expected = old;
    if (holder != now.worker_address().host()) {
      auto* address = expected.mutable_worker_address();
      address->set_container_host(address->has_container_host() ? address->container_host() : holder);
      address->set_host(now.worker_address().host());
    }
    if (expected.SerializeAsString() == now.SerializeAsString()) return true;
  }
  return false;
}

// How many distinct executors are beside its holders; whether one of them has another address than its holder.
std::pair<size_t, bool> Candidates(const BlockInfo& block, Beside& beside) {
  std::set<std::string> all;
  bool other = false;
  for (const BlockLocation& location : block.locations()) {
    for (const std::string& executor : beside.ExecutorsBeside(location.worker_address().host(), "")) {
      all.insert(executor);
      other = other || executor != location.worker_address().host();
    }
  }
  return {all.size(), other};
}

void CheckBlock(const BlockInfo& before, const BlockInfo& now, size_t limit, Beside& beside) {
  const auto [candidates, other] = Candidates(before, beside);
  if (candidates == 0 || before.SerializeAsString() == now.SerializeAsString()) {
    RC_ASSERT(before.SerializeAsString() == now.SerializeAsString());
    // Only where all that was chosen stood there already, w3 by itself.
    if (candidates > 0 && other) RC_ASSERT(limit < candidates);
    return;
  }
  RC_ASSERT(now.locations_size() == static_cast<int>(std::min(limit, candidates)));
  std::set<std::string> hosts;
  for (const BlockLocation& location : now.locations()) {
    hosts.insert(location.worker_address().host());
    RC_ASSERT(ComesFrom(location, before, beside));
  }
  RC_ASSERT(static_cast<int>(hosts.size()) == now.locations_size());
}

}  // namespace

TEST_CASE("any listing is rewritten as protobuf itself would do it", "[rewriter]") {
  rc::prop("all but the locations stays", [] {
    const file::ListStatusPartialResponse before = AnyListing();
    const auto limit = static_cast<size_t>(*rc::gen::inRange(1, 6));
    Beside beside;
    Rewriter rewriter(beside, limit);
    std::string out;
    const Outcome outcome = rewriter.Rewrite(before.SerializeAsString(), &out);
    RC_ASSERT(outcome != Outcome::kMalformed);
    file::ListStatusPartialResponse now = before;
    if (outcome == Outcome::kChanged) RC_ASSERT(now.ParseFromString(out));
    RC_ASSERT(now.file_infos_size() == before.file_infos_size());
    file::ListStatusPartialResponse restored = now;
    for (int f = 0; f < before.file_infos_size(); ++f) {
      const auto& old = before.file_infos(f);
      RC_ASSERT(now.file_infos(f).file_block_infos_size() == old.file_block_infos_size());
      for (int b = 0; b < old.file_block_infos_size(); ++b) {
        const BlockInfo& block = old.file_block_infos(b).block_info();
        CheckBlock(block, now.file_infos(f).file_block_infos(b).block_info(), limit, beside);
        *restored.mutable_file_infos(f)->mutable_file_block_infos(b)->mutable_block_info()->mutable_locations() =
            block.locations();
      }
    }
    RC_ASSERT(restored.SerializeAsString() == before.SerializeAsString());
  });
}

TEST_CASE("what is cut or altered is never made worse", "[rewriter]") {
  rc::prop("protobuf reads the result if and only if it reads what came", [] {
    std::string text = AnyListing().SerializeAsString();
    if (text.empty()) return;
    if (*rc::gen::arbitrary<bool>()) {
      text.resize(static_cast<size_t>(*rc::gen::inRange(0, static_cast<int>(text.size()))));
    } else {
      text[static_cast<size_t>(*rc::gen::inRange(0, static_cast<int>(text.size())))] =
          static_cast<char>(*rc::gen::inRange(0, 256));
    }
    Beside beside;
    Rewriter rewriter(beside, 3);
    std::string out;
    if (rewriter.Rewrite(text, &out) != Outcome::kChanged) {
      RC_ASSERT(out.empty());
      return;
    }
    file::ListStatusPartialResponse parsed;
    RC_ASSERT(parsed.ParseFromString(text) == file::ListStatusPartialResponse().ParseFromString(out));
  });
}
