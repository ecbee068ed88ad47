#include "alluxio_meta/front/rewriter.h"

#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "alluxio_meta/front/wire.h"
#include "proto/alluxio/file_system_master.pb.h"

using namespace locus::meta;
using Outcome = Rewriter::Outcome;
namespace file = ::alluxio::grpc::file;

namespace {

using Where = std::map<std::string, std::vector<std::string>>;

class Beside final : public ExecutorSource {
 public:
  explicit Beside(Where executors) : executors_(std::move(executors)) {}
  std::span<const std::string> ExecutorsBeside(std::string_view host, std::string_view) override {
    const auto place = executors_.find(std::string(host));
    if (place == executors_.end()) return {};
    return place->second;
  }

 private:
  const Where executors_;
};

::alluxio::grpc::BlockLocation* AddLocation(file::FileInfo* info, const std::string& host,
                                            const std::string& container_host = "", int block = 0) {
  while (info->file_block_infos_size() <= block) {
    auto* added = info->add_file_block_infos();
    added->mutable_block_info()->set_block_id(info->file_id() + info->file_block_infos_size());
    added->set_offset(7);
  }
  auto* location = info->mutable_file_block_infos(block)->mutable_block_info()->add_locations();
  location->set_worker_id(99);
  location->set_tier_alias("MEM");
  auto* address = location->mutable_worker_address();
  address->set_host(host);
  address->set_data_port(29999);
  address->set_rpc_port(29998);
  if (!container_host.empty()) address->set_container_host(container_host);
  return location;
}

std::vector<std::string> HostsOf(const ::alluxio::grpc::FileBlockInfo& block) {
  std::vector<std::string> hosts;
  for (const auto& location : block.block_info().locations()) hosts.push_back(location.worker_address().host());
  return hosts;
}

file::ListStatusResponse Parse(const std::string& text) {
  file::ListStatusResponse response;
  REQUIRE(response.ParseFromString(text));
  return response;
}

file::ListStatusResponse OneFile(const std::vector<std::string>& holders, int64_t id = 1000) {
  file::ListStatusResponse response;
  auto* info = response.add_file_infos();
  info->set_file_id(id);
  info->set_path("/a/b");
  for (const std::string& holder : holders) AddLocation(info, holder);
  return response;
}

}  // namespace

TEST_CASE("a location becomes one of the executor beside it, and keeps all else", "[rewriter]") {
  file::ListStatusResponse response = OneFile({"w1"});
  auto* location =
      response.mutable_file_infos(0)->mutable_file_block_infos(0)->mutable_block_info()->mutable_locations(0);
  // Fields that nobody knows, at each level.
  const auto unknown = [](google::protobuf::Message* message, int number) {
    message->GetReflection()->MutableUnknownFields(message)->AddLengthDelimited(number,
                                                                                "kept " + std::to_string(number));
  };
  unknown(&response, 31);
  unknown(response.mutable_file_infos(0), 28);
  unknown(response.mutable_file_infos(0)->mutable_file_block_infos(0), 3);
  unknown(response.mutable_file_infos(0)->mutable_file_block_infos(0)->mutable_block_info(), 9);
  unknown(location, 5);
  unknown(location->mutable_worker_address(), 8);
  auto* tier = location->mutable_worker_address()->mutable_tiered_identity()->add_tiers();
  tier->set_tier_name("node");
  tier->set_value("w1");

  Beside beside(Where{{"w1", {"10.9.0.1"}}});
  Rewriter rewriter(beside, 3);
  std::string out;
  REQUIRE(rewriter.Rewrite(response.SerializeAsString(), &out) == Outcome::kChanged);

  location->mutable_worker_address()->set_host("10.9.0.1");
  location->mutable_worker_address()->set_container_host("w1");
  CHECK(Parse(out).SerializeAsString() == response.SerializeAsString());
  CHECK(rewriter.counts().blocks == 1);
  CHECK(rewriter.counts().rewritten == 1);
}

TEST_CASE("a container host stays where clients dial", "[rewriter]") {
  file::ListStatusResponse response;
  AddLocation(response.add_file_infos(), "w1", "172.16.0.4");
  Beside beside(Where{{"w1", {"10.9.0.1"}}});
  Rewriter rewriter(beside, 3);
  std::string out;
  REQUIRE(rewriter.Rewrite(response.SerializeAsString(), &out) == Outcome::kChanged);
  const auto address = Parse(out).file_infos(0).file_block_infos(0).block_info().locations(0).worker_address();
  CHECK(address.host() == "10.9.0.1");
  CHECK(address.container_host() == "172.16.0.4");
}

TEST_CASE("locations without an executor go where another one has some", "[rewriter]") {
  Beside beside(Where{{"w2", {"10.9.0.2", "10.9.0.3"}}});
  Rewriter rewriter(beside, 3);
  std::string out;
  REQUIRE(rewriter.Rewrite(OneFile({"w1", "w2", "w3"}).SerializeAsString(), &out) == Outcome::kChanged);
  const auto hosts = HostsOf(Parse(out).file_infos(0).file_block_infos(0));
  CHECK(std::set<std::string>(hosts.begin(), hosts.end()) == std::set<std::string>{"10.9.0.2", "10.9.0.3"});
  CHECK(hosts.size() == 2);
}

TEST_CASE("blocks that no executor is beside, and blocks that are not cached, stay", "[rewriter]") {
  file::ListStatusResponse response = OneFile({"w1", "w2"});
  auto* uncached = response.add_file_infos()->add_file_block_infos();
  uncached->mutable_block_info()->set_block_id(5);
  response.add_file_infos()->set_folder(true);
  Beside beside(Where{{"w9", {"10.9.0.9"}}});
  Rewriter rewriter(beside, 3);
  std::string out = "old";
  CHECK(rewriter.Rewrite(response.SerializeAsString(), &out) == Outcome::kUnchanged);
  CHECK(out.empty());
  CHECK(rewriter.counts().blocks == 2);
  CHECK(rewriter.counts().without_executor == 1);
  CHECK(rewriter.counts().uncached == 1);
  CHECK(rewriter.counts().rewritten == 0);
}

TEST_CASE("executors with their node's own address change nothing", "[rewriter]") {
  Beside beside(Where{{"10.0.0.1", {"10.0.0.1"}}, {"10.0.0.2", {"10.0.0.2"}}});
  Rewriter rewriter(beside, 3);
  std::string out;
  CHECK(rewriter.Rewrite(OneFile({"10.0.0.1", "10.0.0.2", "10.0.0.3"}).SerializeAsString(), &out) ==
        Outcome::kUnchanged);
  CHECK(rewriter.counts().rewritten == 1);
}

TEST_CASE("a holder named twice, with two tiers, counts once", "[rewriter]") {
  Beside beside(Where{{"w1", {"a", "b"}}, {"w2", {"c"}}});
  Rewriter rewriter(beside, 3);
  std::string out;
  REQUIRE(rewriter.Rewrite(OneFile({"w1", "w1", "w2"}).SerializeAsString(), &out) == Outcome::kChanged);
  const auto hosts = HostsOf(Parse(out).file_infos(0).file_block_infos(0));
  CHECK(std::multiset<std::string>(hosts.begin(), hosts.end()) == std::multiset<std::string>{"a", "b", "c"});
}

TEST_CASE("places go to holders first, and evenly to the executors of each", "[rewriter]") {
  Where executors;
  for (const std::string holder : {"w1", "w2", "w3", "w4"}) {
    for (int i = 0; i < 6; ++i) executors[holder].push_back(holder + "-" + std::to_string(i));
  }
  Beside beside(executors);
  std::map<std::string, int> taken;
  for (int64_t i = 0; i < 1000; ++i) {
    Rewriter rewriter(beside, 3);
    std::string out;
    // One block a file: ids in steps of 2^24.
    REQUIRE(rewriter.Rewrite(OneFile({"w1", "w2"}, i << 24).SerializeAsString(), &out) == Outcome::kChanged);
    const auto hosts = HostsOf(Parse(out).file_infos(0).file_block_infos(0));
    REQUIRE(hosts.size() == 3);
    std::set<std::string> holders;
    for (const std::string& host : hosts) {
      holders.insert(host.substr(0, 2));
      ++taken[host];
    }
    CHECK(holders == std::set<std::string>{"w1", "w2"});
    std::string again;
    REQUIRE(rewriter.Rewrite(OneFile({"w1", "w2"}, i << 24).SerializeAsString(), &again) == Outcome::kChanged);
    CHECK(again == out);
  }
  // 3,000 places for twelve executors: 250 each, give or take five standard deviations.
  REQUIRE(taken.size() == 12);
  for (const auto& [host, times] : taken) {
    INFO(host);
    CHECK(times > 170);
    CHECK(times < 330);
  }
}

TEST_CASE("no executor starves where files lie on workers in turn", "[rewriter]") {
  // As many workers as executors on each: the number of the file would choose the same one for every block of a worker.
  Where executors;
  for (int w = 0; w < 6; ++w) {
    for (int i = 0; i < 6; ++i)
      executors["w" + std::to_string(w)].push_back(std::to_string(w) + "-" + std::to_string(i));
  }
  Beside beside(executors);
  std::set<std::string> taken;
  for (int64_t i = 0; i < 600; ++i) {
    Rewriter rewriter(beside, 1);
    std::string out;
    REQUIRE(rewriter.Rewrite(OneFile({"w" + std::to_string(i % 6)}, i << 24).SerializeAsString(), &out) ==
            Outcome::kChanged);
    taken.insert(HostsOf(Parse(out).file_infos(0).file_block_infos(0)).at(0));
  }
  CHECK(taken.size() == 36);
}

TEST_CASE("a truncated listing is passed on as it is", "[rewriter]") {
  file::ListStatusResponse response = OneFile({"w1"});
  const std::string whole = response.SerializeAsString();
  Beside beside(Where{{"w1", {"10.9.0.1"}}});
  std::string out;
  for (size_t size = 1; size < whole.size(); ++size) {
    Rewriter rewriter(beside, 3);
    CHECK(rewriter.Rewrite(whole.substr(0, size), &out) == Outcome::kMalformed);
    CHECK(out.empty());
    CHECK(rewriter.counts().blocks == 0);
  }
}

TEST_CASE("rubbish below a block counts as malformed", "[rewriter]") {
  std::string location;
  wire::AppendBytes(2, "\x0b\x0b", &location);
  std::string block;
  wire::AppendBytes(3, location, &block);
  std::string part;
  wire::AppendBytes(1, block, &part);
  std::string info;
  wire::AppendBytes(21, part, &info);
  std::string message = OneFile({"w1"}).SerializeAsString();
  wire::AppendBytes(1, info, &message);
  Beside beside(Where{{"w1", {"10.9.0.1"}}});
  Rewriter rewriter(beside, 3);
  std::string out;
  CHECK(rewriter.Rewrite(message, &out) == Outcome::kMalformed);
  CHECK(out.empty());
}

TEST_CASE("a listing of many files is rewritten", "[rewriter]") {
  file::ListStatusResponse response;
  for (int i = 0; i < 20'000; ++i) {
    auto* info = response.add_file_infos();
    info->set_file_id(int64_t{i} << 24);
    info->set_path("/warehouse/events/part-" + std::to_string(i));
    AddLocation(info, "w" + std::to_string(i % 3));
  }
  Beside beside(Where{{"w0", {"a"}}, {"w1", {"b"}}});
  Rewriter rewriter(beside, 3);
  std::string out;
  REQUIRE(rewriter.Rewrite(response.SerializeAsString(), &out) == Outcome::kChanged);
  const file::ListStatusResponse parsed = Parse(out);
  REQUIRE(parsed.file_infos_size() == 20'000);
  const std::vector<std::string> expected = {"a", "b", "w2"};
  for (int i = 0; i < 20'000; ++i) {
    if (HostsOf(parsed.file_infos(i).file_block_infos(0)) != std::vector<std::string>{expected[i % 3]}) FAIL(i);
  }
  CHECK(rewriter.counts().without_executor == 6'666);
}

TEST_CASE("only a GetStatus with an access mode opens a file", "[rewriter]") {
  file::GetStatusRequest request;
  request.set_path("/a");
  CHECK_FALSE(OpensFile(request.SerializeAsString()));
  request.mutable_options()->set_load_metadata_type(file::LOAD_NEVER);
  request.mutable_options()->mutable_common_options()->set_ttl(-1);
  CHECK_FALSE(OpensFile(request.SerializeAsString()));
  request.mutable_options()->set_access_mode(0);
  CHECK(OpensFile(request.SerializeAsString()));
  CHECK(OpensFile("\x0b"));
}
