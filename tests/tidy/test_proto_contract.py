"""Versions N and N+1 understand each other: nothing that was published in proto/ changes. The checker is judged by
changes that break and changes that do not."""

from __future__ import annotations

import pathlib

import pytest

import proto_contract

# Each version of this is compiled by the real protoc.
PUBLISHED = """
syntax = "proto3";
package shop.v1;
service Counter {
  rpc Buy(Order) returns (Receipt);
  rpc Follow(stream Order) returns (stream Receipt);
}
message Order {
  string name = 1;
  repeated uint32 amounts = 2;
  Kind kind = 3;
  optional bool gift = 4;
  oneof payment {
    string card = 5;
    uint64 cash = 6;
  }
  enum Kind {
    KIND_UNSPECIFIED = 0;
    BREAD = 1;
  }
  message Note { string text = 1; }
  Note note = 7;
}
message Receipt {}
"""


def contract_of(folder: pathlib.Path, text: str) -> proto_contract.Shape:
    (folder / "shop.proto").write_text(text)
    return proto_contract.shape(proto_contract.compile_files(folder, ["shop.proto"]))


@pytest.mark.parametrize(("old", "new", "told"), [
    ("  string name = 1;\n", "", "message shop.v1.Order: 1 = name: string is gone"),
    ("  string name = 1;\n", "  reserved 1;\n", "message shop.v1.Order: 1 = name: string is gone"),
    ("string name = 1", "string name = 8", "message shop.v1.Order: 1 = name: string is gone"),
    ("string name = 1", "bytes name = 1", "1 = name: string has become name: bytes"),
    ("string name = 1", "string title = 1", "1 = name: string has become title: string"),
    ("string name = 1", "optional string name = 1", "1 = name: string has become name: optional string"),
    ("repeated uint32 amounts", "uint32 amounts", "2 = amounts: repeated uint32 has become amounts: uint32"),
    ("repeated uint32 amounts", "repeated uint64 amounts", "has become amounts: repeated uint64"),
    ("optional bool gift", "bool gift", "4 = gift: optional bool has become gift: bool"),
    ("    uint64 cash = 6;\n  }", "  }\n  uint64 cash = 6;", "6 = cash: uint64 of oneof payment has become"),
    ("  optional bool gift = 4;\n  oneof payment {\n", "  oneof payment {\n  bool gift = 4;\n", "4 = gift: optional"),
    ("BREAD = 1", "BREAD = 2", "enum shop.v1.Order.Kind: 1 = BREAD is gone"),
    ("BREAD = 1", "CAKE = 1", "enum shop.v1.Order.Kind: 1 = BREAD has become CAKE"),
    ("  Kind kind = 3;", "  int32 kind = 3;", "3 = kind: shop.v1.Order.Kind has become kind: int32"),
    ("Buy(Order)", "Sell(Order)", "service shop.v1.Counter: Buy = shop.v1.Order returns shop.v1.Receipt is gone"),
    ("Buy(Order)", "Buy(Receipt)", "Buy = shop.v1.Order returns shop.v1.Receipt has become shop.v1.Receipt"),
    ("Buy(Order) returns (Receipt)", "Buy(Order) returns (stream Receipt)", "returns stream shop.v1.Receipt"),
    ("Follow(stream Order)", "Follow(Order)", "has become shop.v1.Order returns stream shop.v1.Receipt"),
    ("package shop.v1;", "package shop.v2;", "service shop.v1.Counter: is gone"),
    ("  message Note { string text = 1; }\n  Note note = 7;\n", "", "message shop.v1.Order.Note: is gone"),
])
def test_a_change_that_breaks_is_found(tmp_path: pathlib.Path, old: str, new: str, told: str) -> None:
    assert old in PUBLISHED
    published = contract_of(tmp_path, PUBLISHED)
    problems = list(proto_contract.broken(published, contract_of(tmp_path, PUBLISHED.replace(old, new))))
    assert any(told in problem for problem in problems), problems


@pytest.mark.parametrize(("old", "new", "told"), [
    ("message Receipt {}", "message Receipt { uint64 number = 1; }", "message shop.v1.Receipt: 1 = number: uint64"),
    ("    uint64 cash = 6;", "    uint64 cash = 6;\n    Receipt voucher = 8;", "8 = voucher: shop.v1.Receipt of oneof"),
    ("BREAD = 1;", "BREAD = 1;\n    CAKE = 2;", "enum shop.v1.Order.Kind: 2 = CAKE"),
    ("rpc Buy", "rpc Return(Receipt) returns (Order);\n  rpc Buy", "service shop.v1.Counter: Return = shop.v1.Receipt"),
    ("message Receipt {}", "message Receipt {}\nmessage Shelf { bool full = 1; }", "message shop.v1.Shelf"),
])
def test_an_addition_is_no_problem_and_is_told(tmp_path: pathlib.Path, old: str, new: str, told: str) -> None:
    assert old in PUBLISHED
    published = contract_of(tmp_path, PUBLISHED)
    now = contract_of(tmp_path, PUBLISHED.replace(old, new))
    assert list(proto_contract.broken(published, now)) == []
    (found,) = proto_contract.added(published, now)
    assert told in found


def test_comments_order_and_place_in_the_file_do_not_matter(tmp_path: pathlib.Path) -> None:
    first = contract_of(tmp_path, PUBLISHED)
    moved = PUBLISHED.replace("message Receipt {}\n", "").replace("service", "// New.\nmessage Receipt {}\nservice")
    assert contract_of(tmp_path, moved) == first


def test_a_baseline_is_read_as_it_was_written(tmp_path: pathlib.Path) -> None:
    published = contract_of(tmp_path, PUBLISHED)
    text = proto_contract.render(published)
    assert proto_contract.parse(text) == published
    assert "\n  2 = amounts: repeated uint32\n" in text
    with pytest.raises(ValueError, match="line 1"):
        proto_contract.parse("  1 = name: string\n")


@pytest.mark.parametrize("package", proto_contract.CONTRACTS)
def test_what_was_published_stays(package: str) -> None:
    published = proto_contract.parse(proto_contract.baseline(package).read_text())
    now = proto_contract.present(package)
    assert len(published) > 5
    problems = list(proto_contract.broken(published, now))
    assert not problems, "\n".join([*problems, "docs/contributing.md says what to do instead"])
    new = proto_contract.added(published, now)
    assert not new, "\n".join([*new, "run tools/dev fix: it adds them to proto/baseline, which is committed with them"])
