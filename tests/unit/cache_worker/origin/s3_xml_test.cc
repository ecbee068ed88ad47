#include "cache_worker/origin/s3_xml.h"

#include <catch2/catch.hpp>

#include "common/status.h"

using namespace locus;
using namespace locus::worker;

namespace {

std::string Listing(const std::string& inside) {
  return R"(<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>bucket</Name>)" +
         inside + "</ListBucketResult>";
}

std::string Object(const std::string& key, const std::string& size = "434234",
                   const std::string& modified = "2009-10-12T17:50:30.000Z") {
  return "<Contents><Key>" + key + "</Key><LastModified>" + modified +
         "</LastModified><ETag>&quot;fba9dede5f27731c9771645a39863328&quot;</ETag><Size>" + size +
         "</Size><StorageClass>STANDARD</StorageClass></Contents>";
}

}  // namespace

// The shape is that of the examples of ListObjectsV2's page.
TEST_CASE("a page of a listing has its objects", "[origin]") {
  const auto page =
      ParseS3Page(Listing("<Prefix/><KeyCount>2</KeyCount><MaxKeys>1000</MaxKeys>"
                          "<IsTruncated>false</IsTruncated>" +
                          Object("my-image.jpg") + Object("a &amp; b", "0")));
  REQUIRE(page.ok());
  REQUIRE(page->objects.size() == 2);
  CHECK(page->objects[0].key == "my-image.jpg");
  CHECK(page->objects[0].size == 434234);
  CHECK(page->objects[0].modified_s == 1255369830);
  CHECK(page->objects[0].etag == "\"fba9dede5f27731c9771645a39863328\"");
  CHECK(page->objects[1].key == "a & b");
  CHECK(page->prefixes.empty());
  CHECK(page->next_token.empty());
}

TEST_CASE("keys are decoded where the page says that they are encoded, and only there", "[origin]") {
  const std::string objects = Object("a%2Fb+c%2Bd%C3%BC");
  CHECK(ParseS3Page(Listing("<EncodingType>url</EncodingType>" + objects))->objects[0].key == "a/b c+dü");
  CHECK(ParseS3Page(Listing(objects))->objects[0].key == "a%2Fb+c%2Bd%C3%BC");
}

TEST_CASE("a page has the folders below, and the way on", "[origin]") {
  const auto page =
      ParseS3Page(Listing("<EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>"
                          "<NextContinuationToken>1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM="
                          "</NextContinuationToken><CommonPrefixes><Prefix>a+b%2F</Prefix>"
                          "</CommonPrefixes><CommonPrefixes><Prefix>c/</Prefix></CommonPrefixes>"));
  REQUIRE(page.ok());
  CHECK(page->prefixes == std::vector<std::string>{"a b/", "c/"});
  CHECK(page->next_token == "1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=");
}

TEST_CASE("what is no page is refused", "[origin]") {
  for (const std::string& xml :
       {std::string(), std::string("<html><body>welcome</body></html>"), std::string("<ListBucketResult>"),
        Listing(Object("a", "many")), Listing(Object("a", "")), Listing(Object("a", "-1")),
        Listing(Object("a", "1", "today")), Listing(Object("")),
        Listing("<EncodingType>url</EncodingType>" + Object("%zz")), Listing("<IsTruncated>true</IsTruncated>")}) {
    INFO(xml);
    CHECK(absl::IsInvalidArgument(ParseS3Page(xml).status()));
  }
}

TEST_CASE("entities that a page declares are not expanded", "[origin]") {
  const std::string xml = R"(<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>)" + Listing(Object("&b;"));
  const auto page = ParseS3Page(xml);
  if (page.ok()) {
    CHECK(page->objects[0].key == "&b;");
  }
}

TEST_CASE("an error has its code and what goes with it", "[origin]") {
  const auto error = ParseS3Error(R"(<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>AuthorizationHeaderMalformed</Code><Message>the region is wrong</Message>
<Region>eu-central-1</Region><RequestId>1</RequestId></Error>)");
  REQUIRE(error);
  CHECK(error->code == "AuthorizationHeaderMalformed");
  CHECK(error->message == "the region is wrong");
  CHECK(error->region == "eu-central-1");
  for (const char* text : {"", "<html/>", "<Error></Error>", "<Error><Message>m</Message></Error>", "busy"}) {
    CHECK_FALSE(ParseS3Error(text));
  }
}
