/// The fields of a query, or of a body of the type `application/x-www-form-urlencoded`. Values are bytes.
package struct FormFields: Sendable {
    /// The most fields that are read.
    package static let most = 64

    package struct Field: Sendable, Equatable {
        package var name: String
        package var value: [UInt8]
    }

    package private(set) var all: [Field] = []

    /// None.
    package init() {}

    /// Reads `a=1&b=%00`; a `+` is a blank. `nil` for an escape that is none, a name that is not UTF-8, or too many
    /// fields.
    package init?(_ text: some Collection<UInt8>) {
        for part in text.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: true) {
            guard all.count < Self.most else { return nil }
            let equals = part.firstIndex(of: UInt8(ascii: "="))
            let value = equals.map { part[part.index(after: $0)...] } ?? part[part.endIndex...]
            guard let name = Self.decode(part[..<(equals ?? part.endIndex)]), let bytes = Self.decode(value),
                let text = String(validating: name, as: UTF8.self)
            else { return nil }
            all.append(Field(name: text, value: bytes))
        }
    }

    /// The values of a name, in order.
    package subscript(_ name: String) -> [[UInt8]] { all.filter { $0.name == name }.map(\.value) }

    private static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        var rest = text[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                    return nil
                }
                bytes.append(high << 4 | low)
            default: bytes.append(byte)
            }
        }
        return bytes
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
