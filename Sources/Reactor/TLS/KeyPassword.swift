import POSIX

/// Hands the password of a private key to OpenSSL, which would otherwise ask for it on the terminal.
enum KeyPassword {
    typealias Callback =
        @convention(c) (UnsafeMutablePointer<CChar>?, Int32, Int32, UnsafeMutableRawPointer?) -> Int32

    /// Calls `body` with what OpenSSL wants to know, valid for the length of the call.
    static func with<Failure: Error>(
        _ password: String?,
        _ body: (Callback, UnsafeMutableRawPointer?) throws(Failure) -> Void
    ) throws(Failure) {
        let copy = unsafe strdup(password ?? "")
        defer {
            if let copy = unsafe copy {
                unsafe explicit_bzero(copy, strlen(copy))
                unsafe free(copy)
            }
        }
        let callback: Callback = { buffer, room, _, password in
            guard let buffer = unsafe buffer, let password = unsafe password else { return 0 }
            let length = unsafe strlen(password.assumingMemoryBound(to: CChar.self))
            guard length <= Int(room) else { return -1 }
            unsafe memcpy(buffer, password, length)
            return Int32(length)
        }
        try unsafe body(callback, copy)
    }
}
