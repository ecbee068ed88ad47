#include <catch2/catch.hpp>

#include "cache_worker/alluxio/read_stream.h"
#include "proto/alluxio/block_worker.pb.h"

using locus::worker::EncodeReadResponse;

TEST_CASE("an answer is laid out as protobuf lays it out, at every length of a length", "[alluxio]") {
  for (const size_t size : {size_t{1}, size_t{123}, size_t{124}, size_t{125}, size_t{126}, size_t{127}, size_t{128},
                            size_t{16'377}, size_t{16'380}, size_t{16'384}, size_t{1} << 20, size_t{2} << 20}) {
    const std::string data(size, 'x');
    ::alluxio::grpc::block::ReadResponse expected;
    expected.mutable_chunk()->set_data(data);
    grpc::ByteBuffer buffer = EncodeReadResponse(grpc::Slice(data));
    grpc::Slice flat;
    REQUIRE(buffer.DumpToSingleSlice(&flat).ok());
    INFO(size);
    CHECK((std::string(reinterpret_cast<const char*>(flat.begin()), flat.size()) == expected.SerializeAsString()));
  }
}
