import RedisPOSIX

/// Hands the password of a private key to OpenSSL, which would otherwise ask for it on the terminal.
enum KeyPassword {
    typealias Callback =
        @convention(c) (UnsafeMutablePointer<CChar>?, Int32, Int32, UnsafeMutableRawPointer?) -> Int32

    /// Calls `body` with what OpenSSL wants to know, valid for the length of the call.
    ///
    /// - Returns: Whether it was asked for: the key is encrypted.
    static func with(_ password: String?, _ body: (Callback, UnsafeMutableRawPointer?) -> Void) -> Bool {
        // In front of the password stands whether it was read. The one copy that is made is wiped.
        let text = (password ?? "").utf8
        let copy = UnsafeMutablePointer<CChar>.allocate(capacity: text.count + 2)
        unsafe copy.initialize(repeating: 0, count: text.count + 2)
        unsafe copy[0] = CChar(UInt8(ascii: "-"))
        for (index, byte) in text.enumerated() { unsafe copy[index + 1] = CChar(bitPattern: byte) }
        defer {
            unsafe explicit_bzero(copy, text.count + 2)
            unsafe copy.deallocate()
        }
        let callback: Callback = { buffer, room, _, text in
            guard let buffer = unsafe buffer, let text = unsafe text?.assumingMemoryBound(to: CChar.self) else {
                return 0
            }
            unsafe text[0] = CChar(UInt8(ascii: "+"))
            let length = unsafe strlen(text) - 1
            guard length <= Int(room) else { return -1 }
            unsafe memcpy(buffer, text + 1, length)
            return Int32(length)
        }
        unsafe body(callback, copy)
        return unsafe copy[0] == CChar(UInt8(ascii: "+"))
    }
}
