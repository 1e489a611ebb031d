extension OutputBuffer {
    /// Appends `source` as a JSON string and returns `true`. If `source` is not UTF-8, leaves the buffer as it was and
    /// returns `false`. Validates and escapes in one pass.
    package mutating func append(jsonString source: RawSpan) -> Bool {
        let mark = count
        let end = source.byteCount
        append(UInt8(ascii: "\""))
        var offset = appendPlain(of: source, from: 0)
        while offset < end {
            let byte = source.byte(at: offset)
            if byte < 0x80 {
                appendJSONEscape(byte)
                offset += 1
            } else {
                let length = UTF8Check.sequenceLength(in: source, at: offset)
                if length == 0 {
                    rewind(to: mark)
                    return false
                }
                if source.isHidden(at: offset, length: length) {
                    appendJSONEscape(scalar: source.scalar(at: offset, length: length))
                } else {
                    for index in offset..<offset + length { append(source.byte(at: index)) }
                }
                offset += length
            }
            offset = appendPlain(of: source, from: offset)
        }
        append(UInt8(ascii: "\""))
        return true
    }

    /// Appends an object member: `"payload":"…"`, or `"payload_base64":"…"` for bytes that are not UTF-8 and would make
    /// the line invalid JSON; `"payload_hex":"…"` if `binary` says so. `name` is not escaped.
    @inline(always)
    package mutating func append(jsonField name: StaticString, _ source: RawSpan, _ binary: BinaryStyle = .b64) {
        let mark = count
        append(UInt8(ascii: "\""))
        append(literal: name)
        append(literal: "\":")
        if append(jsonString: source) { return }
        rewind(to: mark)
        append(UInt8(ascii: "\""))
        append(literal: name)
        append(UInt8(ascii: "_"))
        append(encoded: source, binary)
    }

    /// Appends an array element: a string, or `{"base64":"…"}` for bytes that are not UTF-8; `{"hex":"…"}` if `binary`
    /// says so.
    package mutating func append(jsonElement source: RawSpan, _ binary: BinaryStyle = .b64) {
        if append(jsonString: source) { return }
        append(literal: "{\"")
        append(encoded: source, binary)
        append(UInt8(ascii: "}"))
    }

    /// Appends the end of a member's name and its value. JSON has no escapes for bytes, so these are in base64 too.
    private mutating func append(encoded source: RawSpan, _ binary: BinaryStyle) {
        append(literal: binary == .hex ? "hex\":\"" : "base64\":\"")
        if binary == .hex { append(hexadecimal: source) } else { append(base64: source) }
        append(UInt8(ascii: "\""))
    }

    /// Appends the escape of a character from U+0080 on; characters above U+FFFF become two surrogates.
    mutating func appendJSONEscape(scalar: UInt32) {
        let units = scalar < 0x10000 ? [scalar] : [0xd800 + (scalar - 0x10000) >> 10, 0xdc00 + scalar & 0x3ff]
        for unit in units {
            append(literal: "\\u")
            append(word: UInt64(Hexadecimal.pair(UInt8(truncatingIfNeeded: unit >> 8))), length: 2)
            append(word: UInt64(Hexadecimal.pair(UInt8(truncatingIfNeeded: unit))), length: 2)
        }
    }

    /// Appends a byte below 0x80 to a JSON string, escaped if necessary.
    mutating func appendJSONEscape(_ byte: UInt8) {
        let letter: UInt8? =
            switch byte {
            case 0x22, 0x5c: byte
            case 0x08: UInt8(ascii: "b")
            case 0x09: UInt8(ascii: "t")
            case 0x0a: UInt8(ascii: "n")
            case 0x0c: UInt8(ascii: "f")
            case 0x0d: UInt8(ascii: "r")
            default: nil
            }
        if let letter {
            append(word: 0x5c | UInt64(letter) << 8, length: 2)
        } else if byte < 0x20 || byte == 0x7f {
            append(literal: "\\u00")
            append(word: UInt64(Hexadecimal.pair(byte)), length: 2)
        } else {
            append(byte)
        }
    }
}
