import RedisRESP
import RedisReactor

/// Writes bytes so that people can read them and a terminal does nothing but show them: UTF-8 as text, and everything
/// that is no character, that does not show, or that changes how others show, as an escape.
struct VisibleText {
    /// How a text ends up beside others.
    enum Setting {
        /// It stands alone up to the end of a field, so that quotes and backslashes are as they are.
        case bare
        /// It stands between quotes of this kind.
        case quoted(UInt8)
    }

    /// How much of a text was written.
    struct Extent: Equatable {
        var bytes = 0
        var columns = 0
    }

    /// A longer run of combining marks than this is not a character of any language, but a tower of them.
    private static let mostMarks = 4

    private var table = ColumnTable()

    /// Appends as much of `source` as fits into `columns`, whole characters and escapes.
    ///
    /// - Parameters:
    ///   - source: The bytes.
    ///   - columns: The room; `Int.max` for all of it.
    ///   - setting: Whether quotes and backslashes are escaped.
    ///   - buffer: Where to.
    /// - Returns: How many of the bytes were written, and how many columns they take.
    mutating func append(
        _ source: RawSpan,
        upTo columns: Int = .max,
        _ setting: Setting = .bare,
        to buffer: inout OutputBuffer
    ) -> Extent {
        let end = source.byteCount
        var extent = Extent()
        var marks = 0
        while extent.bytes < end {
            let room = columns - extent.columns
            let plain = source.part(at: extent.bytes, count: min(room, end - extent.bytes))
            let count = buffer.appendPlain(of: plain, from: 0)
            if count > 0 {
                marks = 0
                extent.bytes += count
                extent.columns += count
            }
            if extent.bytes == end { break }
            // Also without room: a mark takes none.
            guard let next = appendSpecial(source, extent, columns, setting, &marks, to: &buffer) else { break }
            extent = next
        }
        return extent
    }

    /// Appends the character at the end of `extent`, which is special (``SpecialByte``), if there is room for it.
    private mutating func appendSpecial(
        _ source: RawSpan,
        _ extent: Extent,
        _ columns: Int,
        _ setting: Setting,
        _ marks: inout Int,
        to buffer: inout OutputBuffer
    ) -> Extent? {
        let byte = source.byte(at: extent.bytes)
        let mark = buffer.count
        let length = byte < 0x80 ? 1 : UTF8Check.sequenceLength(in: source, at: extent.bytes)
        var width = 1
        if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\"), !isEscaped(byte, setting) {
            buffer.append(byte)
        } else if length < 2 {
            buffer.append(escaped: byte)
            width = buffer.count - mark
        } else {
            let scalar = source.scalar(at: extent.bytes, length: length)
            width = isHidden(scalar) ? -1 : table.columns(of: scalar) ?? -1
            // A mark that begins a text would change what stands before it.
            if width == 0, extent.bytes == 0 || marks == Self.mostMarks { width = -1 }
            if width < 0 {
                buffer.append(scalarEscape: scalar)
                width = buffer.count - mark
                marks = 0
            } else {
                marks = width == 0 ? marks + 1 : 0
                buffer.append(source.part(at: extent.bytes, count: length))
            }
        }
        if length < 2 { marks = 0 }
        guard width <= columns - extent.columns else {
            buffer.rewind(to: mark)
            return nil
        }
        return Extent(bytes: extent.bytes + max(length, 1), columns: extent.columns + width)
    }

    /// Whether a quote or a backslash needs a backslash before it.
    private func isEscaped(_ byte: UInt8, _ setting: Setting) -> Bool {
        guard case .quoted(let quote) = setting else { return false }
        return byte == quote || byte == UInt8(ascii: "\\")
    }

    /// Whether a character changes the order of others, is a control character, or leaves no trace: among those that
    /// Unicode calls default-ignorable are the joiners and the selectors of variants, by which two keys may differ.
    private func isHidden(_ scalar: UInt32) -> Bool {
        ShownText.isHidden(scalar) || Unicode.Scalar(scalar)?.properties.isDefaultIgnorableCodePoint ?? true
    }
}

extension OutputBuffer {
    /// Appends `\u{202e}`.
    mutating func append(scalarEscape scalar: UInt32) {
        append(literal: "\\u{")
        var digits = max((32 - scalar.leadingZeroBitCount + 3) / 4, 1)
        while digits > 0 {
            digits -= 1
            append(Hexadecimal.digit(UInt8(truncatingIfNeeded: scalar >> UInt32(digits * 4)) & 15))
        }
        append(UInt8(ascii: "}"))
    }
}
