#include "cache_worker/origin/s3_signature.h"

#include <catch2/catch.hpp>

#include "cache_worker/origin/sha256.h"

using namespace locus::worker;

namespace {

// The keys of Amazon's examples.
const S3Credentials kExample{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""};
const S3Credentials kSuite{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""};

std::string S3Signature(const std::string& path, NamedValues query, NamedValues more_headers = {}) {
  NamedValues headers = {{"host", "examplebucket.s3.amazonaws.com"},
                         {"x-amz-date", "20130524T000000Z"},
                         {"x-amz-content-sha256", kEmptySha256}};
  headers.insert(headers.end(), more_headers.begin(), more_headers.end());
  return Authorization({"GET", path, std::move(query), std::move(headers)}, kExample, "us-east-1", "s3",
                       "20130524T000000Z");
}

std::string SuiteSignature(NamedValues query) {
  const RequestToSign request{
      "GET", "/", std::move(query), {{"host", "example.amazonaws.com"}, {"x-amz-date", "20150830T123600Z"}}};
  return Authorization(request, kSuite, "us-east-1", "service", "20150830T123600Z");
}

std::string Signature(const std::string& authorization) {
  return authorization.substr(authorization.find("Signature=") + 10);
}

}  // namespace

// The examples of https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
TEST_CASE("a range of an object is signed as in Amazon's example", "[origin]") {
  CHECK(S3Signature("/test.txt", {}, {{"range", "bytes=0-9"}}) ==
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
        "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
        "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST_CASE("a query without a value is signed as in Amazon's example", "[origin]") {
  CHECK(Signature(S3Signature("/", {{"lifecycle", ""}})) ==
        "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
}

TEST_CASE("a listing is signed as in Amazon's example, in whatever order its query stands", "[origin]") {
  CHECK(Signature(S3Signature("/", {{"prefix", "J"}, {"max-keys", "2"}})) ==
        "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

// Of Amazon's aws-sig-v4-test-suite: get-vanilla and get-vanilla-query-order-key-case.
TEST_CASE("requests of Amazon's test suite are signed as there", "[origin]") {
  CHECK(Signature(SuiteSignature({})) == "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
  CHECK(Signature(SuiteSignature({{"Param2", "value2"}, {"Param1", "value1"}})) ==
        "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
}

TEST_CASE("a query is encoded, with all but unreserved characters", "[origin]") {
  CHECK(CanonicalQuery({{"prefix", "a b/c+d=ü"}, {"delimiter", "/"}}) == "delimiter=%2F&prefix=a%20b%2Fc%2Bd%3D%C3%BC");
  CHECK(CanonicalQuery({}).empty());
}

// RFC 4231, test case 2, and FIPS 180's "abc".
TEST_CASE("the hashes are those of their standards", "[origin]") {
  CHECK(Sha256Hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(Sha256Hex("") == kEmptySha256);
  CHECK(Hex(HmacSha256("Jefe", "what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}
