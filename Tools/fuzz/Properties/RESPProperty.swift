import RedisRESP

/// The parser judges a stream alike however it is cut, gives back what was written, and keeps no more than its limits.
///
/// Input: the sizes of the pieces, one a byte and again from the first, up to a line feed; then the stream. What has no
/// line feed is a stream in pieces of one byte.
enum RESPProperty {
    /// Small, so that short inputs reach them.
    static let limits = RedisFrameLimits(depth: 6, elements: 64, bulkLength: 256, lineLength: 256, frameLength: 1024)

    static func check(_ input: [UInt8]) throws(Broken) {
        var sizes: [Int] = []
        var stream = input[...]
        if let lineEnd = input.firstIndex(of: 0x0a) {
            sizes = input[..<lineEnd].map { Int($0) % 64 + 1 }
            stream = input[(lineEnd + 1)...]
        }
        let whole = try read(stream, sizes: [max(stream.count, 1)])
        let cut = try read(stream, sizes: sizes.isEmpty ? [1] : sizes)
        let (error, cutError) = (whole.error, cut.error)
        try Broken.unless(
            cutError == error,
            "cut, the stream ends in \(cutError?.description ?? "no error"), else in \(error?.description ?? "none")"
        )
        // After an error nothing is read any more, so how much was left depends on the cuts.
        let (unread, cutUnread) = (whole.unread, cut.unread)
        try Broken.unless(error != nil || cutUnread == unread, "cut, the stream leaves other bytes unread")
        // Written again and not compared as values: NaN is not equal to itself.
        let values = whole.values
        let written = RESPWriter.write(values)
        let cutWritten = RESPWriter.write(cut.values)
        try Broken.unless(cutWritten == written, "cut, the stream has other values")
        try checkRoundTrip(values, written)
    }

    /// What the library writes, it reads back. A value may be longer than it came, so no limit is small here.
    private static func checkRoundTrip(_ values: [RESPValue], _ written: [UInt8]) throws(Broken) {
        var again = StreamReader(limits: RedisFrameLimits())
        try again.read(written[...])
        let (error, unread, read) = (again.error, again.unread, again.values)
        try Broken.unless(error == nil && unread.isEmpty, "what was written is no stream of frames")
        try Broken.unless(read.count == values.count, "what was written has another number of frames")
        try Broken.unless(RESPWriter.write(read) == written, "what was written reads back as another value")
    }

    private static func read(_ stream: ArraySlice<UInt8>, sizes: [Int]) throws(Broken) -> StreamReader {
        var reader = StreamReader(limits: limits)
        var rest = stream
        var turn = 0
        while !rest.isEmpty {
            let hasFailed = reader.error != nil
            if hasFailed { break }
            let size = sizes[turn % sizes.count]
            turn += 1
            try reader.read(rest.prefix(size))
            rest = rest.dropFirst(size)
        }
        return reader
    }
}
