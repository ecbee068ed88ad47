#include "alluxio_meta/front/alone/refusals.h"

#include <catch2/catch.hpp>
#include <string>

using namespace locus::meta;

TEST_CASE("what writes is refused as read-only, whatever service it is of", "[front]") {
  const std::string files = "/alluxio.grpc.file.FileSystemMasterClientService/";
  for (const char* name : {"CreateFile", "CreateDirectory", "Remove", "Rename", "SetAttribute", "Mount", "Free"}) {
    CHECK(ChangesSomething(files + name));
  }
  CHECK(ChangesSomething("/alluxio.grpc.meta.MetaMasterConfigurationService/UpdateConfiguration"));
  for (const char* name : {"GetStatus", "ListStatus", "CreateFil", "CreateFileX", ""}) {
    CHECK_FALSE(ChangesSomething(files + name));
  }
  CHECK_FALSE(ChangesSomething("/other.Service/CreateFile"));
}

TEST_CASE("refusals say who refuses what, with codes after which clients do not ask again", "[front]") {
  const grpc::Status write = ReadOnly("/alluxio.grpc.file.FileSystemMasterClientService/CreateFile");
  CHECK(write.error_code() == grpc::PERMISSION_DENIED);
  CHECK(write.error_message().find("CreateFile is refused: Locus") == 0);
  const grpc::Status unknown = NotAnswered("/a.B/C");
  CHECK(unknown.error_code() == grpc::UNIMPLEMENTED);
  CHECK(unknown.error_message().find("Locus") != std::string::npos);
  CHECK(unknown.error_message().find("/a.B/C") != std::string::npos);
  CHECK(NotAnswered(std::string(10'000, 'x')).error_message().size() < 400);
}
