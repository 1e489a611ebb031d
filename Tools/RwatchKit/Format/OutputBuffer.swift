/// A growing run of output bytes, reused from chunk to chunk so that a formatted event allocates nothing.
///
/// The whole storage is always initialised, and `count` is a cursor in it. So whole words can be stored by safe,
/// bounds-checked code, which neither `Array.append` nor `OutputSpan` offers. The price is one memset for each recycled
/// chunk.
package struct OutputBuffer: ~Copyable {
    /// Bytes written so far.
    package private(set) var count = 0

    private var storage: [UInt8]

    /// An empty buffer with room for `capacity` bytes.
    package init(capacity: Int = 64 * 1024) {
        storage = [UInt8](repeating: 0, count: max(capacity, 64))
    }

    /// An empty buffer in the memory of a written chunk (see ``OutputPump/takeEmptyChunk()``).
    package init(reusing chunk: consuming [UInt8]) {
        storage = chunk
        adoptCapacity()
    }

    /// Whether nothing was written yet.
    package var isEmpty: Bool { count == 0 }

    /// The written bytes, borrowed.
    package var bytes: RawSpan {
        @_lifetime(borrow self)
        get { storage.rawSpan.extracting(first: count) }
    }

    /// Removes the bytes. The memory is kept by default.
    package mutating func removeAll(keepingCapacity: Bool = true) {
        if !keepingCapacity { storage = [UInt8](repeating: 0, count: 64) }
        count = 0
    }

    /// Returns the written bytes and continues in the memory of `replacement`. Copies nothing.
    package mutating func take(replacement: consuming [UInt8] = []) -> [UInt8] {
        // A swap keeps both arrays uniquely owned: a copy, however short its life, would reallocate below.
        var chunk = replacement
        swap(&chunk, &storage)
        adoptCapacity()
        chunk.removeLast(chunk.count - count)
        count = 0
        return chunk
    }

    /// Removes everything from `mark`, an earlier `count`, on.
    package mutating func rewind(to mark: Int) {
        precondition(mark >= 0 && mark <= count, "rewind to a place that was never reached")
        count = mark
    }

    /// Appends one byte.
    @inline(always)
    package mutating func append(_ byte: UInt8) {
        reserve(1)
        storage[count] = byte
        count += 1
    }

    /// Appends the bytes of a span.
    @inline(always)
    package mutating func append(_ source: RawSpan) {
        let length = source.byteCount
        reserve(length)
        RawOutput.copy(source, to: &storage, at: count)
        count += length
    }

    /// Appends the bytes of a span and one more.
    @inline(always)
    package mutating func append(_ source: RawSpan, endingWith byte: UInt8) {
        let length = source.byteCount
        reserve(length + 1)
        RawOutput.copy(source, endingWith: byte, to: &storage, at: count)
        count += length + 1
    }

    /// Appends an array's bytes.
    package mutating func append(_ source: [UInt8]) {
        append(source.rawSpan)
    }

    /// Appends a literal.
    @inline(always)
    package mutating func append(literal: StaticString) {
        reserve(literal.utf8CodeUnitCount)
        RawOutput.copy(literal, to: &storage, at: count)
        count += literal.utf8CodeUnitCount
    }

    /// Appends the `length` (0...8) lowest bytes of `word`, lowest first.
    @inline(always)
    package mutating func append(word: UInt64, length: Int) {
        reserve(8)
        let end = count
        var room = storage.mutableSpan
        room.store(word: word, at: end)
        count += length
    }

    /// Appends the bytes of `source` from `start` up to the first one that is special (`SpecialByte`); returns its
    /// offset, or the end. Looks at and moves eight bytes at a time.
    @inline(always)
    package mutating func appendPlain(of source: RawSpan, from start: Int) -> Int {
        let end = source.byteCount
        reserve(end - start + 8)
        var offset = start
        var written = count
        var room = storage.mutableSpan
        while offset + 8 <= end {
            let word = source.word(at: offset)
            let alarm = SpecialByte.alarm(in: word)
            room.store(word: word, at: written)
            // This is a branch and not a count, so that the next load need not wait for this word's arithmetic.
            guard alarm == 0 else {
                let plain = alarm.trailingZeroBitCount / 8
                written += plain
                offset += plain
                break
            }
            written += 8
            offset += 8
        }
        // The last few bytes, or a special byte, which ends this loop at once.
        while offset < end {
            let byte = source.byte(at: offset)
            if SpecialByte.isSpecial(byte) { break }
            room[written] = byte
            written += 1
            offset += 1
        }
        count = written
        return offset
    }

    /// Appends `source` if it is a word, printable ASCII without blanks, quotes and backslashes, and nothing if not.
    /// Returns whether it is one.
    @inline(always)
    package mutating func append(ifWord source: RawSpan) -> Bool {
        guard SpecialByte.isWord(source) else { return false }
        append(source)
        return true
    }

    /// Appends blanks.
    @inline(always)
    package mutating func append(blanks count: Int) {
        append(word: 0x2020_2020_2020_2020, length: max(min(count, 8), 0))
        if count > 8 { appendMore(blanks: count - 8) }
    }

    @inline(never)
    private mutating func appendMore(blanks count: Int) {
        for _ in 0..<count { append(UInt8(ascii: " ")) }
    }

    /// Makes room for `extra` more bytes.
    @inline(always)
    package mutating func reserve(_ extra: Int) {
        if extra > storage.count - count { grow(by: extra) }
    }

    @inline(never)
    private mutating func grow(by extra: Int) {
        let added = max(storage.count, extra)
        storage.append(addingCapacity: added) { $0.append(repeating: 0, count: added) }
    }

    private mutating func adoptCapacity() {
        let added = max(storage.capacity, 64) - storage.count
        storage.append(addingCapacity: added) { $0.append(repeating: 0, count: added) }
    }
}
