import RedisPOSIX
import RedisReactor

// The only file of this module with `unsafe`: system calls that take pointers, and a few moves of raw bytes for which
// Swift 6.3 has no safe form. Every access to a byte below checks its bounds.

/// Thin, typed wrappers of the C calls that the output pump uses.
enum RawOutput {
    /// One write(2) of `bytes[offset...]`: the number of bytes taken, or the negated `errno`.
    static func write(_ bytes: borrowing [UInt8], from offset: Int, to descriptor: Int32) -> Int {
        unsafe bytes.withUnsafeBytes { buffer in
            let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[offset...])
            let written = unsafe RedisPOSIX.write(descriptor, rest.baseAddress, rest.count)
            return written < 0 ? -Int(errno) : written
        }
    }

    /// One poll(2) of up to two descriptors (a negative one is skipped): what happened to each, all zero after a
    /// timeout or a signal. `milliseconds` < 0 waits for ever.
    static func poll(
        _ first: (descriptor: Int32, events: Int32),
        _ second: (descriptor: Int32, events: Int32) = (-1, 0),
        milliseconds: Int32
    ) -> (first: Int32, second: Int32) {
        var entries: [2 of pollfd] = [
            pollfd(fd: first.descriptor, events: Int16(truncatingIfNeeded: first.events), revents: 0),
            pollfd(fd: second.descriptor, events: Int16(truncatingIfNeeded: second.events), revents: 0),
        ]
        var span = entries.mutableSpan
        let ready = unsafe span.withUnsafeMutableBufferPointer { buffer in
            unsafe RedisPOSIX.poll(buffer.baseAddress, nfds_t(buffer.count), milliseconds)
        }
        guard ready > 0 else { return (0, 0) }
        return (Int32(span[0].revents), Int32(span[1].revents))
    }

    /// A pipe, both ends nonblocking and closed on exec, or the `errno`.
    static func makePipe() -> Result<(read: Int32, write: Int32), RedisSystemError> {
        var ends: [2 of Int32] = [-1, -1]
        var span = ends.mutableSpan
        let status = unsafe span.withUnsafeMutableBufferPointer { buffer in unsafe RedisPOSIX.pipe(buffer.baseAddress) }
        guard status == 0 else { return .failure(RedisSystemError(call: "pipe", code: errno)) }
        guard DescriptorReserve.keeping(span[1]) >= 0 else {
            close(span[0])
            return .failure(RedisSystemError(call: "pipe", code: EMFILE))
        }
        for index in 0..<2 {
            _ = fcntl(span[index], F_SETFL, O_NONBLOCK)
            _ = fcntl(span[index], F_SETFD, FD_CLOEXEC)
        }
        return .success((span[0], span[1]))
    }

    /// Reads at most one byte of a nonblocking descriptor; false when there was none.
    static func readByte(of descriptor: Int32) -> Bool {
        var byte: UInt8 = 0
        return unsafe RedisPOSIX.read(descriptor, &byte, 1) == 1
    }

    /// The file type bits (`S_IFMT`) of a descriptor, 0 when it is not open.
    static func fileType(of descriptor: Int32) -> mode_t {
        var status = stat()
        return unsafe fstat(descriptor, &status) == 0 ? status.st_mode & S_IFMT : 0
    }

    /// Turns SIGPIPE into EPIPE, and the signal for a file of the maximum size into EFBIG, for the whole process.
    static func ignoreBrokenPipeSignal() {
        _ = signal(SIGPIPE, SIG_IGN)
        _ = signal(SIGXFSZ, SIG_IGN)
    }

    /// Copies a literal over `target[offset...]`, which must have the room.
    @inline(always)
    static func copy(_ literal: StaticString, to target: inout [UInt8], at offset: Int) {
        literal.withUTF8Buffer { source in
            unsafe copy(RawSpan(_unsafeBytes: UnsafeRawBufferPointer(source)), to: &target, at: offset)
        }
    }

    /// Copies all of `source` and one byte more over `target[offset...]`, which must have the room.
    @inline(always)
    static func copy(_ source: RawSpan, endingWith byte: UInt8, to target: inout [UInt8], at offset: Int) {
        let length = source.byteCount
        precondition(offset >= 0 && length < target.count - offset, "copy past the end of the buffer")
        unsafe target.withUnsafeMutableBytes { room in
            guard let base = room.baseAddress else { return }
            unsafe source.withUnsafeBytes { bytes in
                if let from = bytes.baseAddress { unsafe (base + offset).copyMemory(from: from, byteCount: length) }
            }
            unsafe (base + offset + length).storeBytes(of: byte, as: UInt8.self)
        }
    }

    /// Copies all of `source` over `target[offset...]`, which must have the room.
    @inline(always)
    static func copy(_ source: RawSpan, to target: inout [UInt8], at offset: Int) {
        let length = source.byteCount
        precondition(offset >= 0 && length <= target.count - offset, "copy past the end of the buffer")
        unsafe source.withUnsafeBytes { bytes in
            unsafe target.withUnsafeMutableBytes { room in
                guard let from = bytes.baseAddress, let base = room.baseAddress else { return }
                unsafe (base + offset).copyMemory(from: from, byteCount: length)
            }
        }
    }
}

extension RawSpan {
    /// The byte at `offset`, bounds-checked.
    @inline(always)
    func byte(at offset: Int) -> UInt8 {
        unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }

    /// Eight bytes from `offset`, the first one lowest, bounds-checked.
    @inline(always)
    func word(at offset: Int) -> UInt64 {
        UInt64(littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
}

extension [UInt8] {
    /// The array's bytes, borrowed.
    package var rawSpan: RawSpan {
        @_lifetime(borrow self)
        get { unsafe span.bytes }
    }
}

extension MutableSpan<UInt8> {
    /// Stores eight bytes from `offset`, the lowest first, bounds-checked.
    @inline(always)
    @_lifetime(self: copy self)
    mutating func store(word: UInt64, at offset: Int) {
        var bytes = unsafe mutableBytes
        bytes.storeBytes(of: word.littleEndian, toByteOffset: offset, as: UInt64.self)
    }
}
