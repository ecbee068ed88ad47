"""C++ from .proto files with Debian's protoc: no toolchain to fetch, no rules_proto."""

def locus_proto(name, src, deps = [], grpc = False, visibility = ["//visibility:public"]):
    """Generates and compiles one .proto file.

    Args:
      name: of the cc_library.
      src: the .proto file of this package.
      deps: other locus_proto targets that it imports.
      grpc: whether the file declares services.
      visibility: of the library and its source.
    """
    stem = src[:-len(".proto")]
    outs = [stem + ".pb.h", stem + ".pb.cc"]
    plugin = ""
    if grpc:
        outs += [stem + ".grpc.pb.h", stem + ".grpc.pb.cc"]
        plugin = " --plugin=protoc-gen-grpc=/usr/bin/grpc_cpp_plugin --grpc_out=$(GENDIR)"
    native.filegroup(
        name = name + "_src",
        srcs = [src] + [d + "_src" for d in deps],
        visibility = visibility,
    )
    native.genrule(
        name = name + "_gen",
        srcs = [":" + name + "_src"],
        outs = outs,
        cmd = "/usr/bin/protoc -I. -I/usr/include --cpp_out=$(GENDIR)" + plugin +
              " " + native.package_name() + "/" + src,
    )
    native.cc_library(
        name = name,
        srcs = [f for f in outs if f.endswith(".cc")],
        hdrs = [f for f in outs if f.endswith(".h")],
        copts = ["-w"],
        visibility = visibility,
        deps = deps + ["@system//:grpc" if grpc else "@system//:protobuf"],
    )
