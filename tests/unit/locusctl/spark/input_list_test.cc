#include "locusctl/spark/input_list.h"

#include <catch2/catch.hpp>

using namespace locus::ctl;

TEST_CASE("commas separate inputs but for those in braces and in an authority", "[locusctl]") {
  CHECK(SplitInputs("/a, /b ,,alluxio:///c") == std::vector<std::string>{"/a", "/b", "alluxio:///c"});
  CHECK(SplitInputs("/a/{x,y}/*,/b") == std::vector<std::string>{"/a/{x,y}/*", "/b"});
  CHECK(SplitInputs("/a/{x,/b") == std::vector<std::string>{"/a/{x", "/b"});
  CHECK(SplitInputs("alluxio://zk@a:2181,b:2181/x,/y") ==
        std::vector<std::string>{"alluxio://zk@a:2181,b:2181/x", "/y"});
  CHECK(SplitInputs(" , ").empty());
}

TEST_CASE("what is neither a URI nor a path is no input", "[locusctl]") {
  CHECK(ProblemOfInput("/a").empty());
  CHECK(ProblemOfInput("s3a://bucket/a").empty());
  CHECK(ProblemOfInput("warehouse/events").find("alluxio:///") != std::string::npos);
  CHECK_FALSE(ProblemOfInput("/a\nb").empty());
  CHECK_FALSE(ProblemOfInput("/" + std::string(4096, 'x')).empty());
}

TEST_CASE("alluxio inputs are read through the front whatever their authority", "[locusctl]") {
  CHECK(ThroughFront("alluxio:///a/b", "f:19998") == "alluxio://f:19998/a/b");
  CHECK(ThroughFront("alluxio://master:19998/a", "f:1") == "alluxio://f:1/a");
  CHECK(ThroughFront("alluxio://zk@a:1,b:2/a", "f:1") == "alluxio://f:1/a");
  CHECK(ThroughFront("alluxio://master:19998", "f:1") == "alluxio://f:1/");
  CHECK(ThroughFront("/a", "f:1") == "alluxio://f:1/a");
  CHECK(ThroughFront("s3a://bucket/a", "f:1").empty());
}
