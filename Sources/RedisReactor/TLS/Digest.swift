internal import CRedisOpenSSL

/// Tells texts apart without keeping them.
enum Digest {
    /// The SHA-256 of `salt` and `text`. The copy that this takes is wiped.
    static func of(_ text: String, salt: [UInt8]) throws(RedisTLSError) -> [UInt8] {
        var input = salt
        // Else an array that has grown leaves its old memory behind.
        input.reserveCapacity(salt.count + text.utf8.count)
        input += text.utf8
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var length: UInt32 = 0
        let isDone = unsafe EVP_Digest(input, input.count, &digest, &length, EVP_sha256(), nil) == 1
        unsafe input.withUnsafeMutableBytes { bytes in unsafe OPENSSL_cleanse(bytes.baseAddress, bytes.count) }
        guard isDone else { throw .last(orElse: "SHA-256 is not to be had") }
        return Array(digest.prefix(Int(length)))
    }
}
