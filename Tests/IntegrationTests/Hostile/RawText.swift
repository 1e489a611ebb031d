/// Finds text that must not reach a terminal.
enum RawText {
    /// Describes such a text in `bytes`; `nil` when there is none. With `isCSV`, a carriage return and a line feed end
    /// a line, and a carriage return elsewhere is such a text.
    static func complaint(about bytes: [UInt8], isCSV: Bool = false) -> String? {
        var bytes = bytes
        if isCSV { bytes.replace([0x0d, 0x0a], with: [0x0a]) }
        let text = String(decoding: bytes, as: UTF8.self)
        for scalar in text.unicodeScalars where isRaw(scalar) {
            return "U+\(String(scalar.value, radix: 16, uppercase: true)) near \(context(of: scalar, text))"
        }
        // A terminal that does not speak UTF-8 takes these for control characters.
        if String(validating: bytes, as: UTF8.self) == nil {
            return "bytes that are not UTF-8: \(text.prefix(200).debugDescription)"
        }
        return nil
    }

    private static func isRaw(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0a, 0x09: false
        case 0..<0x20, 0x7f...0x9f: true
        // Marks, embeddings, overrides and isolates of direction; separators of lines and paragraphs.
        case 0x061c, 0x200e, 0x200f, 0x2028...0x202e, 0x2066...0x2069: true
        default: false
        }
    }

    private static func context(of scalar: Unicode.Scalar, _ text: String) -> String {
        let scalars = text.unicodeScalars
        guard let place = scalars.firstIndex(of: scalar) else { return "" }
        let start = scalars.index(place, offsetBy: -60, limitedBy: scalars.startIndex) ?? scalars.startIndex
        let end = scalars.index(place, offsetBy: 20, limitedBy: scalars.endIndex) ?? scalars.endIndex
        return String(scalars[start..<end]).debugDescription
    }
}
