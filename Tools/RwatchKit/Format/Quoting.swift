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
