internal import CRedisOpenSSL

/// The digest by which Redis names scripts.
package enum ScriptDigest {
    /// SHA-1 in 40 hexadecimal digits.
    package static func of(_ text: String) -> String {
        var digest = [UInt8](repeating: 0, count: 20)
        var text = text
        text.withUTF8 { bytes in
            unsafe digest.withUnsafeMutableBufferPointer { digest in
                _ = unsafe SHA1(bytes.baseAddress, bytes.count, digest.baseAddress)
            }
        }
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
