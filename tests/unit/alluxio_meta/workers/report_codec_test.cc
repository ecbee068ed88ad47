#include "alluxio_meta/workers/report_codec.h"

#include <catch2/catch.hpp>
#include <limits>

#include "common/status.h"

using namespace locus;
using namespace locus::meta;

namespace {

v1::Hello GoodHello() {
  v1::Hello hello;
  hello.mutable_address()->set_host("h");
  hello.mutable_address()->set_data_port(1);
  return hello;
}

std::string ProblemOf(const v1::Hello& hello) {
  const auto decoded = DecodeHello(hello);
  return decoded.ok() ? "" : MessageOf(decoded.status());
}

}  // namespace

TEST_CASE("a hello is taken with its bounds", "[workers]") {
  CHECK(ProblemOf(GoodHello()).empty());
  v1::Hello hello = GoodHello();
  hello.mutable_address()->clear_host();
  CHECK(ProblemOf(hello).find("hello.address.host") == 0);
  hello.mutable_address()->set_host(std::string(254, 'h'));
  CHECK(ProblemOf(hello).find("hello.address.host") == 0);
  hello.mutable_address()->set_host(std::string(253, 'h'));
  CHECK(ProblemOf(hello).empty());
  hello.mutable_address()->set_host("a b");
  CHECK(ProblemOf(hello).find("hello.address.host") == 0);
  for (const uint32_t port : {0u, 65536u}) {
    hello = GoodHello();
    hello.mutable_address()->set_data_port(port);
    CHECK(ProblemOf(hello).find("hello.address.data_port") == 0);
  }
  hello = GoodHello();
  hello.set_version(std::string(129, 'v'));
  CHECK(ProblemOf(hello).find("hello.version") == 0);
  hello = GoodHello();
  for (int i = 0; i < 17; ++i) hello.add_tiers();
  CHECK(ProblemOf(hello).find("hello.tiers") == 0);
}

TEST_CASE("changes without kind or tier are left out, too many end the stream", "[workers]") {
  v1::Changes changes;
  for (const auto kind : {v1::BlockChange::ADDED, v1::BlockChange::REMOVED, v1::BlockChange::KIND_UNSPECIFIED}) {
    for (const auto tier : {v1::TIER_SSD, v1::TIER_UNSPECIFIED}) {
      v1::BlockChange* change = changes.add_blocks();
      change->set_kind(kind);
      change->set_tier(tier);
    }
  }
  const auto decoded = DecodeChanges(changes).value();
  CHECK(decoded.malformed == 4);
  REQUIRE(decoded.blocks.size() == 2);
  CHECK(decoded.blocks[0].added);
  CHECK_FALSE(decoded.blocks[1].added);
  CHECK(decoded.blocks[0].tier == Tier::kSsd);

  changes.Clear();
  for (int i = 0; i < kMaxChanges; ++i) changes.add_files();
  CHECK(DecodeChanges(changes).ok());
  changes.add_blocks();
  CHECK(DecodeChanges(changes).status().code() == absl::StatusCode::kResourceExhausted);
}

TEST_CASE("a page of a listing has its bound", "[workers]") {
  v1::Listing listing;
  for (int i = 0; i < kMaxListingFiles; ++i) listing.add_files();
  CHECK(DecodeListing(listing).ok());
  listing.add_files();
  CHECK(DecodeListing(listing).status().code() == absl::StatusCode::kResourceExhausted);
}

TEST_CASE("figures of load that are no fraction are left out", "[workers]") {
  v1::Beat beat;
  CHECK_FALSE(DecodeBeat(beat).value().load.has_value());
  beat.mutable_load()->set_overall(0.5);
  beat.mutable_load()->set_cpu(0.25);
  beat.mutable_load()->set_disk(-1);
  beat.mutable_load()->set_network(std::numeric_limits<double>::quiet_NaN());
  const auto decoded = DecodeBeat(beat).value();
  CHECK(decoded.malformed == 2);
  REQUIRE(decoded.load.has_value());
  CHECK(decoded.load->cpu == 0.25);
  CHECK_FALSE(decoded.load->disk.has_value());
  CHECK_FALSE(decoded.load->network.has_value());
  beat.mutable_load()->set_overall(1.5);
  CHECK_FALSE(DecodeBeat(beat).value().load.has_value());
}

TEST_CASE("a wall clock that nobody can have is left out", "[workers]") {
  v1::Beat beat;
  CHECK_FALSE(DecodeBeat(beat).value().wall.has_value());
  beat.set_wall_time_ms(1'767'225'600'123);
  CHECK(DecodeBeat(beat).value().wall == WallTime(std::chrono::milliseconds(1'767'225'600'123)));
  for (const int64_t wrong : {int64_t{-1}, std::numeric_limits<int64_t>::max(), std::numeric_limits<int64_t>::min()}) {
    beat.set_wall_time_ms(wrong);
    CHECK_FALSE(DecodeBeat(beat).value().wall.has_value());
  }
}

TEST_CASE("clients come as they were told, without those that have no address", "[meta]") {
  v1::Traffic traffic;
  for (const std::string& address : {std::string("10.0.0.1"), std::string(), std::string(65, '1')}) {
    v1::ClientTraffic& client = *traffic.add_clients();
    client.set_address(address);
    client.set_sent_bytes(9);
  }
  const auto clients = DecodeTraffic(traffic);
  REQUIRE(clients.ok());
  REQUIRE(clients->size() == 1);
  CHECK(clients->front().client == "10.0.0.1");
  CHECK(clients->front().bytes == 9);
  while (traffic.clients_size() <= 4096) traffic.add_clients();
  CHECK(MessageOf(DecodeTraffic(traffic).status()) == "traffic.clients: has 4097 entries, allowed are 4096");
}

TEST_CASE("an answer about a path is taken with its folders and its bounds", "[workers]") {
  v1::Listing listing;
  listing.set_request(5);
  listing.add_files()->set_path("/d/f");
  listing.add_folders("/d/g");
  listing.set_done(true);
  listing.set_problem(std::string(1000, 'p'));
  const AnswerPart part = DecodeAnswer(listing).value();
  CHECK(part.request == 5);
  REQUIRE(part.files.size() == 1);
  CHECK(part.files[0].path == "/d/f");
  CHECK(part.folders == std::vector<std::string>{"/d/g"});
  CHECK(part.done);
  CHECK_FALSE(part.not_found);
  CHECK(part.problem.size() == 500);
  for (int i = 0; i < kMaxListingFiles; ++i) listing.add_folders("/d/g");
  const auto too_many = DecodeAnswer(listing);
  REQUIRE_FALSE(too_many.ok());
  CHECK(MessageOf(too_many.status()).find("listing.folders") == 0);
}
