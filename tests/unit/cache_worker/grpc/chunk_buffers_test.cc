#include "cache_worker/grpc/chunk_buffers.h"

#include <grpcpp/impl/codegen/proto_utils.h>

#include <catch2/catch.hpp>

#include "proto/locus/v1/cache.pb.h"
#include "tests/unit/cache_worker/support/fake_origin.h"

using namespace locus;
using namespace locus::worker;

namespace {

// What a client's generated class makes of it.
v1::ReadResponse Parsed(grpc::ByteBuffer buffer) {
  v1::ReadResponse response;
  REQUIRE(grpc::SerializationTraits<v1::ReadResponse>::Deserialize(&buffer, &response).ok());
  return response;
}

}  // namespace

TEST_CASE("what is made by hand is what the generated class reads", "[worker]") {
  const auto buffers = ChunkBuffers::Create(4);
  for (const size_t size :
       {size_t{0}, size_t{1}, size_t{127}, size_t{128}, size_t{16383}, size_t{16384}, size_t{1} << 20}) {
    for (const std::optional<Tier> tier :
         {std::optional<Tier>(), std::optional(Tier::kMem), std::optional(Tier::kHdd)}) {
      INFO(size);
      std::string chunk = PatternBytes(size + 30, 1);
      const std::string bytes = chunk;
      const v1::ReadResponse response =
          Parsed(buffers->Response({std::string_view(chunk).substr(10, size), nullptr, &chunk}, tier));
      CHECK(response.data() == bytes.substr(10, size));
      CHECK(response.source() == (tier ? static_cast<v1::Tier>(*tier) : v1::TIER_UNSPECIFIED));
    }
  }
}

TEST_CASE("a buffer comes back once it is sent, and is used again", "[worker]") {
  const auto buffers = ChunkBuffers::Create(2);
  std::string chunk = PatternBytes(1 << 20, 1);
  const char* const memory = chunk.data();
  {
    const grpc::ByteBuffer response = buffers->Response({chunk, nullptr, &chunk}, std::nullopt);
    CHECK(chunk.data() != memory);
    CHECK(buffers->idle() == 0);
  }
  CHECK(buffers->idle() == 1);
  chunk = "other";
  { const grpc::ByteBuffer response = buffers->Response({chunk, nullptr, &chunk}, std::nullopt); }
  CHECK(chunk.data() == memory);
}

TEST_CASE("no more buffers are kept than was said", "[worker]") {
  const auto buffers = ChunkBuffers::Create(2);
  {
    std::vector<grpc::ByteBuffer> sent;
    for (int i = 0; i < 5; ++i) {
      std::string chunk = PatternBytes(1 << 20, 1);
      sent.push_back(buffers->Response({chunk, nullptr, &chunk}, std::nullopt));
    }
  }
  CHECK(buffers->idle() == 2);
}

TEST_CASE("a buffer that is out outlives those who made it", "[worker]") {
  grpc::ByteBuffer response;
  {
    std::string chunk = "bytes";
    response = ChunkBuffers::Create(2)->Response({chunk, nullptr, &chunk}, std::nullopt);
  }
  CHECK(Parsed(response).data() == "bytes");
}

TEST_CASE("what lies in place is sent from there, and held until it is sent", "[worker]") {
  const auto buffers = ChunkBuffers::Create(2);
  const auto place = std::make_shared<const std::string>(PatternBytes(1 << 20, 1));
  std::string untouched = "buffer";
  {
    const grpc::ByteBuffer response =
        buffers->Response({std::string_view(*place).substr(3, 1 << 19), place, &untouched}, Tier::kMem);
    CHECK(place.use_count() == 2);
    std::vector<grpc::Slice> slices;
    REQUIRE(response.Dump(&slices).ok());
    CHECK(reinterpret_cast<const char*>(slices.back().begin()) == place->data() + 3);
    CHECK(Parsed(response).data() == place->substr(3, 1 << 19));
  }
  CHECK(place.use_count() == 1);
  CHECK(buffers->idle() == 0);
  CHECK(untouched == "buffer");
}
