import CRwatchZlib
import RedisRESP

/// Decompresses gzip, piece by piece, by zlib.
@safe struct Inflater: ~Copyable {
    enum State: Equatable {
        /// More may come.
        case going
        /// A compressed part has ended. Another one may follow.
        case ended
        case damaged
    }

    // zlib keeps the address.
    private let stream: UnsafeMutablePointer<z_stream>

    /// `nil` when there is no memory.
    init?() {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        // The largest window, and the form of gzip alone.
        let size = unsafe Int32(MemoryLayout<z_stream>.size)
        guard unsafe inflateInit2_(stream, 15 + 16, ZLIB_VERSION, size) == Z_OK else {
            unsafe stream.deallocate()
            return nil
        }
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Decompresses as much as there is room for.
    ///
    /// - Parameters:
    ///   - input: Holds the compressed bytes.
    ///   - range: Where they are. It begins behind those that were taken.
    ///   - output: Gets the bytes.
    ///   - offset: Where they begin in it.
    /// - Returns: How many bytes there are, and how it goes on.
    mutating func inflate(
        _ input: [UInt8],
        _ range: inout Range<Int>,
        into output: inout [UInt8],
        at offset: Int
    ) -> (count: Int, state: State) {
        let room = min(output.count - offset, Int(Int32.max))
        let status = unsafe input.withUnsafeBufferPointer { input in
            unsafe output.withUnsafeMutableBufferPointer { output in
                guard let source = input.baseAddress, let target = output.baseAddress else { return Z_DATA_ERROR }
                // zlib does not write there, although its type does not say so.
                unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: source + range.lowerBound)
                unsafe stream.pointee.avail_in = UInt32(range.count)
                unsafe stream.pointee.next_out = target + offset
                unsafe stream.pointee.avail_out = UInt32(room)
                return unsafe CRwatchZlib.inflate(stream, Z_NO_FLUSH)
            }
        }
        range = (range.upperBound - Int(unsafe stream.pointee.avail_in))..<range.upperBound
        let count = room - Int(unsafe stream.pointee.avail_out)
        switch status {
        // Without progress, more input or more room is needed.
        case Z_OK, Z_BUF_ERROR: return (count, .going)
        case Z_STREAM_END: return (count, unsafe inflateReset(stream) == Z_OK ? .ended : .damaged)
        default: return (count, .damaged)
        }
    }
}
