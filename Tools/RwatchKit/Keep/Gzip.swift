import CRwatchZlib
import RedisPOSIX

/// Compresses files, by zlib.
enum Gzip {
    /// Compresses all of a file into a new one.
    ///
    /// - Throws: Why that is not possible. Then there may be a new file that is not whole.
    static func compress(_ path: [UInt8], to compressed: [UInt8]) throws(RedisSystemError) {
        let input: InputFile
        do throws(RedisSystemError) { input = try InputFile(path: path) } catch { throw error }
        let output = try OutputFile(creating: compressed)
        // zlib closes the descriptor that it gets, and the lock belongs to both.
        let descriptor = dup(output.descriptor)
        guard descriptor >= 0 else { throw .last("dup") }
        guard let stream = unsafe gzdopen(descriptor, "wb") else {
            _ = close(descriptor)
            throw RedisSystemError(call: "gzdopen", code: ENOMEM)
        }
        var failure: RedisSystemError?
        do throws(RedisSystemError) {
            while failure == nil {
                let piece = try input.readPiece()
                if piece.isEmpty { break }
                let written = unsafe piece.withUnsafeBytes { piece in
                    unsafe gzwrite(stream, piece.baseAddress, UInt32(piece.count))
                }
                if written != piece.count { failure = .last("gzwrite") }
            }
        } catch { failure = error }
        let status = unsafe gzclose(stream)
        if let failure { throw failure }
        guard status == Z_OK else { throw .last("gzclose") }
        try output.synchronize()
    }
}
