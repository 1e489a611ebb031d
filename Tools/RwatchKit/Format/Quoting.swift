import RedisRESP

extension OutputBuffer {
    /// Appends `source` as MONITOR writes an argument (the server's `sdscatrepr`): in quotes, with `\\ \" \n \r \t \a
    /// \b`, printable ASCII as is and every other byte as `\xhh`, so that any bytes make one line and can be read back.
    package mutating func append(quoted source: RawSpan) {
        append(UInt8(ascii: "\""))
        let end = source.byteCount
        var offset = appendPlain(of: source, from: 0)
        while offset < end {
            append(escaped: source.byte(at: offset))
            offset = appendPlain(of: source, from: offset + 1)
        }
        append(UInt8(ascii: "\""))
    }

    /// Appends `source` as text. Bytes that could control a terminal, are invisible (`ShownText.isHidden`) or are not
    /// UTF-8 are escaped one by one, as servers escape them in MONITOR lines.
    ///
    /// - Parameters:
    ///   - source: The bytes.
    ///   - doublingQuotes: Whether a quote becomes two, as in comma-separated values.
    ///   - backslashes: Whether a backslash becomes two, so that the bytes can be read back.
    mutating func append(visible source: RawSpan, doublingQuotes: Bool = false, backslashes: Bool = false) {
        if !doublingQuotes, !backslashes, source.isPrintableASCII { return append(source) }
        var offset = 0
        while offset < source.byteCount {
            let byte = source.byte(at: offset)
            let length = byte < 0x80 ? 1 : UTF8Check.sequenceLength(in: source, at: offset)
            let isHidden =
                length == 0 || (length == 1 ? byte < 0x20 || byte == 0x7f : source.isHidden(at: offset, length: length))
            let isDoubled =
                doublingQuotes && byte == UInt8(ascii: "\"") || backslashes && byte == UInt8(ascii: "\\")
            if isDoubled { append(byte) }
            let end = offset + max(length, 1)
            while offset < end {
                let byte = source.byte(at: offset)
                if isHidden { append(escaped: byte) } else { append(byte) }
                offset += 1
            }
        }
    }

    /// Appends a byte with its escape.
    mutating func append(escaped byte: UInt8) {
        let letter: UInt8? =
            switch byte {
            case 0x22, 0x5c: byte
            case 0x0a: UInt8(ascii: "n")
            case 0x0d: UInt8(ascii: "r")
            case 0x09: UInt8(ascii: "t")
            case 0x07: UInt8(ascii: "a")
            case 0x08: UInt8(ascii: "b")
            default: nil
            }
        if let letter {
            append(word: 0x5c | UInt64(letter) << 8, length: 2)
        } else {
            // `\x` and two digits, in one store.
            append(word: 0x785c | UInt64(Hexadecimal.pair(byte)) << 16, length: 4)
        }
    }
}
