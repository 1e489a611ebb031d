internal import CRedisOpenSSL

/// The digest by which Redis names scripts.
package enum ScriptDigest {
    /// SHA-1 in 40 hexadecimal digits.
    package static func of(_ text: String) -> String { of(Array(text.utf8)) }

    /// SHA-1 in 40 hexadecimal digits.
    package static func of(_ bytes: [UInt8]) -> String {
        var digest = [UInt8](repeating: 0, count: 20)
        unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe digest.withUnsafeMutableBufferPointer { digest in
                _ = unsafe SHA1(bytes.baseAddress, bytes.count, digest.baseAddress)
            }
        }
        return digest.inHexadecimal
    }
}

/// The digest that stands for something long in a key.
package enum KeyDigest {
    /// SHA-256 in 64 hexadecimal digits.
    package static func of(_ bytes: [UInt8]) -> String {
        var digest = [UInt8](repeating: 0, count: 32)
        unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe digest.withUnsafeMutableBufferPointer { digest in
                _ = unsafe SHA256(bytes.baseAddress, bytes.count, digest.baseAddress)
            }
        }
        return digest.inHexadecimal
    }
}

extension [UInt8] {
    /// Two digits for each byte.
    fileprivate var inHexadecimal: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
