import Foundation
import RedisTesting
import RedisToolkit
import TestSupport
import Testing

@Suite("CBOR", .tags(.unit), .timeLimit(.minutes(1)))
struct CBORTests {
    private let coder = RedisCBORCoder()

    private func hex<Value: Encodable>(_ value: Value) throws -> String {
        try coder.encode(value).map { String(format: "%02x", $0) }.joined()
    }

    private func read<Value: Decodable>(_ hex: String, as type: Value.Type) throws -> Value {
        try coder.decode(type, from: RedisBytes(hex: hex))
    }

    @Test(
        "writes and reads integers as RFC 8949 has them",
        arguments: [
            (0, "00"), (23, "17"), (24, "1818"), (100, "1864"), (1000, "1903e8"), (1_000_000, "1a000f4240"),
            (1_000_000_000_000, "1b000000e8d4a51000"), (-1, "20"), (-100, "3863"), (-1000, "3903e7"),
            (Int.min, "3b7fffffffffffffff"),
        ]
    )
    func integers(_ value: Int, _ form: String) throws {
        #expect(try hex(value) == form)
        #expect(try read(form, as: Int.self) == value)
    }

    @Test(
        "writes and reads other numbers in as few bytes as hold them",
        arguments: [
            (0.0, "f90000"), (-0.0, "f98000"), (1.5, "f93e00"), (65504.0, "f97bff"), (100000.0, "fa47c35000"),
            (3.4028234663852886e+38, "fa7f7fffff"), (1.1, "fb3ff199999999999a"), (1.0e+300, "fb7e37e43c8800759c"),
            (5.960464477539063e-8, "f90001"), (.infinity, "f97c00"), (-.infinity, "f9fc00"),
        ]
    )
    func numbers(_ value: Double, _ form: String) throws {
        #expect(try hex(value) == form)
        let back = try read(form, as: Double.self)
        #expect(back == value && back.sign == value.sign)
    }

    @Test("writes and reads the rest of RFC 8949's examples")
    func others() throws {
        #expect(try hex(UInt64.max) == "1bffffffffffffffff")
        #expect(try hex(Double.nan) == "f97e00")
        #expect(try hex(false) == "f4")
        #expect(try hex(Int?.none) == "f6")
        #expect(try hex(Data([1, 2, 3, 4])) == "4401020304")
        #expect(try hex([UInt8]([1, 2, 3, 4])) == "4401020304")
        #expect(try hex("\u{6c34}") == "63e6b0b4")
        #expect(try hex([[1], [2, 3], [4, 5]]) == "8381018202038204" + "05")
        #expect(try hex(["e": "E", "a": "A", "dd": "D"]) == "a3616161416165614562646461" + "44")
        #expect(try hex(Array(1...25)) == "98190102030405060708090a0b0c0d0e0f101112131415161718181819")
        #expect(try read("f97e00", as: Double.self).isNaN)
        #expect(try read("f7", as: Int?.self) == nil)
    }

    @Test("reads what others write: indefinite lengths, tags, numbers as keys, numbers in any size")
    func foreign() throws {
        #expect(try read("5f42010243030405ff", as: Data.self) == Data([1, 2, 3, 4, 5]))
        #expect(try read("7f657374726561646d696e67ff", as: String.self) == "streaming")
        #expect(try read("9f018202039f0405ffff", as: Nested.self) == Nested(first: 1, rest: [[2, 3], [4, 5]]))
        #expect(try read("bf61610161629f0203ffff", as: Mixed.self) == Mixed(a: 1, b: [2, 3]))
        #expect(try read("c11a514b67b0", as: Int.self) == 1_363_896_240)
        #expect(try read("a201020304", as: [Int: Int].self) == [1: 2, 3: 4])
        #expect(try read("fb3ff0000000000000", as: Int.self) == 1)
        #expect(try read("1b0000000000000001", as: UInt8.self) == 1)
        #expect(try read("83010203", as: [UInt8].self) == [1, 2, 3])
    }

    private struct Nested: Decodable, Equatable {
        var first: Int
        var rest: [[Int]]

        init(first: Int, rest: [[Int]]) { (self.first, self.rest) = (first, rest) }

        init(from decoder: any Decoder) throws {
            var container = try decoder.unkeyedContainer()
            first = try container.decode(Int.self)
            rest = []
            while !container.isAtEnd { rest.append(try container.decode([Int].self)) }
        }
    }

    private struct Mixed: Codable, Equatable {
        var a: Int
        var b: [Int]
    }

    @Test(
        "refuses what is no CBOR, without a trap and without much memory",
        arguments: [
            "", "18", "1b00", "1c", "3f", "62c328", "42", "5affffffff00", "9affffffff", "baffffffff",
            "9bffffffffffffffff",
            "81", "a1", "a16161", "ff", "5f01ff", "7f4101ff", "f8ff", "f0", "0000", "9f01", "bf6161ff", "a1f500",
            "a2616101616102", "c1", "df00", "5bffffffffffffffff",
        ]
    )
    func corrupt(_ hex: String) {
        #expect(throws: DecodingError.self) { try read(hex, as: Anything.self) }
    }

    @Test("refuses what stands too deep in itself, by arrays, maps and tags")
    func depth() throws {
        let count = 5000
        for form in ["81", "9f", "a100", "c1"] {
            let bytes = RedisBytes(hex: String(repeating: form, count: count) + "00")
            #expect(throws: DecodingError.self) { try coder.decode(Anything.self, from: bytes) }
        }
    }

    /// Decodes nothing: what is no CBOR fails before it.
    private struct Anything: Decodable {
        init(from decoder: any Decoder) {}
    }

    @Test("refuses numbers that do not fit, and values of other types")
    func mismatches() throws {
        for (hex, reading) in [
            ("190100", { try read($0, as: UInt8.self) as Any }), ("20", { try read($0, as: UInt.self) as Any }),
            ("1bffffffffffffffff", { try read($0, as: Int.self) as Any }),
            ("f93e00", { try read($0, as: Int.self) as Any }), ("6161", { try read($0, as: Int.self) as Any }),
            ("01", { try read($0, as: String.self) as Any }), ("01", { try read($0, as: Bool.self) as Any }),
            ("01", { try read($0, as: [Int].self) as Any }), ("80", { try read($0, as: Mixed.self) as Any }),
            ("a0", { try read($0, as: Mixed.self) as Any }),
            ("fb7e37e43c8800759c", { try read($0, as: Float.self) as Any }),
        ] as [(String, (String) throws -> Any)] {
            #expect(throws: DecodingError.self, "\(hex)") { try reading(hex) }
        }
    }

    @Test("keeps values of every shape, and gives equal values equal bytes")
    func shapes() throws {
        let value = Shapes.example
        let bytes = try coder.encode(value)
        #expect(try coder.decode(Shapes.self, from: bytes) == value)
        for _ in 0..<20 { #expect(try coder.encode(value) == bytes) }
        #expect(bytes.count < (try RedisJSONCoder().encode(value).count))
        #expect(try RedisJSONCoder().decode(Shapes.self, from: RedisJSONCoder().encode(value)) == value)
    }

    @Test("keeps a class with what it has from the one above it")
    func classes() throws {
        let dog = Dog(name: "Rex", breed: "boxer")
        let back = try coder.decode(Dog.self, from: coder.encode(dog))
        #expect(back.name == "Rex" && back.breed == "boxer")
    }

    @Test("says that a value has written nothing")
    func nothing() {
        struct Nothing: Encodable {
            func encode(to encoder: any Encoder) {}
        }
        #expect(throws: EncodingError.self) { try coder.encode(Nothing()) }
    }

    @Test("reads back whatever it has written, and never traps on changed bytes", arguments: [1, 2, 3, 4])
    func random(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let tree = Tree.random(depth: 4, &generator)
            let bytes = try coder.encode(tree)
            #expect(try coder.decode(Tree.self, from: bytes) == tree)
            var changed = bytes.bytes
            changed[Int.random(in: 0..<changed.count, using: &generator)] = .random(in: 0...255, using: &generator)
            _ = try? coder.decode(Tree.self, from: RedisBytes(changed))
            _ = try? coder.decode(
                Tree.self,
                from: RedisBytes(changed.dropLast(Int.random(in: 0..<8, using: &generator)))
            )
        }
    }
}

private struct Shapes: Codable, Equatable {
    enum Color: String, Codable { case red, green }
    enum Choice: Codable, Equatable { case one(Int), two(name: String), none }
    struct Point: Codable, Equatable { var x = 1.5, y = -2.25 }

    var text = "Grüße, 世界 \u{0} \"quoted\""
    var empty = ""
    var number = Int.max
    var small = Int8.min
    var unsigned = UInt64.max
    var double = 0.1
    var float = Float(0.1)
    var flag = true
    var missing: Int?
    var present: Int? = 7
    var nested: [[Int?]] = [[], [1, nil, 3]]
    var data = Data([0, 255, 128])
    var date = Date(timeIntervalSince1970: 1_700_000_000.123)
    var url = URL(string: "https://example.com/a?b=c")
    var colors: [Color] = [.red, .green]
    var choices: [Choice] = [.one(1), .two(name: "b"), .none]
    var points: [String: Point] = ["a": Point(), "é": Point(x: 0, y: 0)]
    var byNumber: [Int: String] = [1: "one", -2: "two"]

    static let example = Shapes()
}

private class Animal: Codable {
    let name: String

    init(name: String) { self.name = name }
}

private final class Dog: Animal {
    let breed: String

    private enum Keys: CodingKey { case breed }

    init(name: String, breed: String) {
        self.breed = breed
        super.init(name: name)
    }

    required init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Keys.self)
        breed = try container.decode(String.self, forKey: .breed)
        try super.init(from: container.superDecoder())
    }

    override func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(breed, forKey: .breed)
        try super.encode(to: container.superEncoder())
    }
}

/// A value of any shape.
private indirect enum Tree: Codable, Equatable {
    case number(Int)
    case double(Double)
    case text(String)
    case flag(Bool)
    case list([Tree])
    case map([String: Tree])
    case maybe(Tree?)

    static func random(depth: Int, _ generator: inout SeededGenerator) -> Tree {
        switch Int.random(in: 0..<(depth > 0 ? 7 : 4), using: &generator) {
        case 0: .number(.random(in: .min ... .max, using: &generator))
        case 1: .double(.random(in: -1e9...1e9, using: &generator))
        case 2:
            .text(
                String(
                    (0..<Int.random(in: 0..<40, using: &generator)).map { _ in
                        "aé世\u{0}".randomElement(using: &generator) ?? "a"
                    }
                )
            )
        case 3: .flag(.random(using: &generator))
        case 4: .list((0..<Int.random(in: 0..<4, using: &generator)).map { _ in random(depth: depth - 1, &generator) })
        case 5:
            .map(
                Dictionary(
                    (0..<Int.random(in: 0..<4, using: &generator)).map { _ in
                        ("k\(Int.random(in: 0..<9, using: &generator))", random(depth: depth - 1, &generator))
                    }
                ) { first, _ in first }
            )
        default: .maybe(Bool.random(using: &generator) ? nil : random(depth: depth - 1, &generator))
        }
    }
}

extension RedisBytes {
    /// The bytes of hexadecimal digits.
    init(hex: String) {
        let digits = Array(hex.utf8)
        self.init(
            stride(from: 0, to: digits.count, by: 2).compactMap {
                UInt8(String(decoding: digits[$0...($0 + 1)], as: UTF8.self), radix: 16)
            }
        )
    }
}
