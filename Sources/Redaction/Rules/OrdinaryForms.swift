// More of what stands behind a telling name and is no secret: measures, digests, ranges of versions,
// switches, and what programs say of their own words.

extension Scanner {
    /// Whether the value has one of the forms.
    func isForm(
        _ value: KeyedValue, _ name: MaskClass, _ place: KeyPlace, isStrong: Bool
    ) -> Bool {
        if isRequirement(value, place) { return true }
        guard name != .password else { return false }
        if !isStrong || value.separator == 32, isAlgorithm(value.start, value.end) { return true }
        if isCount(value, place, isStrong: isStrong) { return true }
        if isDigestOf(value, name, place) || isRangeList(value) { return true }
        if name == .apiKey { return isKeyOfSSH(value) || isCacheKey(place) }
        if name == .credentials, !isStrong { return isTaskName(value, place) }
        return name == .token
            && (isRight(value, place) || isUnexpected(value, place) || isProgress(place))
    }

    // MARK: - Reports

    /// `auth: passed=9`, `INFO auth: 3f2a1b9 fix: …`: the part of a program that tells something.
    func isReport(_ value: KeyedValue, _ place: KeyPlace) -> Bool {
        guard value.separator == 58, value.quote == 0, Byte.isBlank(text[value.start - 1]) else {
            return false
        }
        if tellsItself(value.start, value.end, behind: "") { return true }
        if isPair(value.start) { return true }
        // Behind a level stands who tells it. What is alone on its line may be what it is called.
        guard Self.partNames.contains(text.string(place.start, place.end)),
            text[place.start - 1] == 32, value.end - value.start < 20,
            text.pastBlanks(value.end) < text.lineEnd(value.end)
        else { return false }
        let end = text.back(place.start, limit: 3) { $0 == 32 }
        let level = text.string(text.back(end, limit: 8, while: Byte.isUpper), end)
        return ["TRACE", "DEBUG", "INFO", "NOTICE", "WARN", "WARNING", "ERROR", "FATAL"].contains(
            level)
    }

    /// `passed=9`, `crc32=…`: a name in small letters and its value. A secret is no name, and what is in
    /// base64 has nothing behind its sign.
    private func isPair(_ start: Int) -> Bool {
        let name = text.skip(start, limit: 40) { Byte.isLower($0) || $0 == 95 || $0 == 46 }
        let sign = text.skip(name, limit: 3, while: Byte.isDigit)
        return name > start && sign > start + 1 && text[sign] == 61 && text[sign + 1] > 32
            && text[sign + 1] != 61
    }

    /// What parts of programs are called that keep secrets; a `session:` has an id of its own.
    private static let partNames: Set<String> = [
        "auth", "authn", "authz", "secrets", "tokens", "sessions", "credentials",
    ]

    // MARK: - Measures

    private static let measures: Set<String> = [
        "ns", "us", "ms", "s", "m", "h", "d", "B", "KB", "MB", "GB", "KiB", "MiB", "GiB", "%",
    ]
    private static let measureMax = 6

    /// `12ms`, `1,234`, `33/79`: how long, how many, how many of them.
    private func isCount(_ value: KeyedValue, _ place: KeyPlace, isStrong: Bool) -> Bool {
        let first = text.skip(value.start, limit: Self.measureMax, while: Byte.isDigit)
        // Codes that are sent once are written in groups, too: of one such nothing but a time or a
        // size is a count.
        let isMany = !isStrong || countsMany(place)
        guard first > value.start, first < value.end, value.end - first <= 12,
            value.separator == 61 || value.separator == 58,
            fillsValue(value.end, value, place, isStrong: isStrong)
        else { return false }
        let unit = text.string(first, value.end)
        guard isMany else {
            let digitsMax = unit.utf8.count > 1 || unit == "%" ? 4 : 2
            return first - value.start <= digitsMax && Self.measures.contains(unit)
        }
        if Self.measures.contains(unit) { return true }
        if text[first] == 47 {
            return text.skip(first + 1, limit: Self.measureMax, while: Byte.isDigit) == value.end
                && first + 1 < value.end
        }
        var index = first
        while text[index] == 44, first - value.start <= 3 {
            let end = text.skip(index + 1, limit: 4, while: Byte.isDigit)
            guard end == index + 4 else { return false }
            index = end
        }
        return index == value.end
    }

    /// `tokens=`, `secrets=`: how many there are.
    private func countsMany(_ place: KeyPlace) -> Bool {
        text.has("tokens", at: place.end - 6, folded: true)
            || text.has("secrets", at: place.end - 7, folded: true)
            || text.has("keys", at: place.end - 4, folded: true)
    }

    /// `auth: sha256:3f49…`, and the sum of what is called so: `checksum/secret: 3f49…`.
    private func isDigestOf(_ value: KeyedValue, _ name: MaskClass, _ place: KeyPlace) -> Bool {
        let isNamed = text.has("sha256:", at: value.start)
        let first = isNamed ? value.start + 7 : value.start
        guard name != .signature, text.skip(first, limit: 65, while: Byte.isHex) == first + 64
        else {
            return false
        }
        // The next line may have been joined to the sum.
        return isNamed && value.end == first + 64 || text.has("checksum/", at: place.start - 9)
    }

    /// `^3.0.0 || ^4.0.0`, as manifests write it.
    private func isRangeList(_ value: KeyedValue) -> Bool {
        guard value.quote != 0, value.end - value.start <= 64 else { return false }
        let isRange = (value.start..<value.end).allSatisfy {
            Byte.isDigit(text[$0])
                || [32, 42, 46, 60, 61, 62, 94, 120, 124, 126].contains(text[$0])
        }
        let isBound = (value.start..<value.end).contains {
            [42, 60, 61, 62, 94, 124, 126].contains(text[$0])
        }
        return isRange && isBound && (value.start..<value.end).contains { text[$0] == 46 }
            && text.first(32, from: value.start, to: value.end) < value.end
    }

    /// `session=false`, `auth=all`, `key=9`: what a query asks for.
    func isSwitch(_ start: Int, _ end: Int) -> Bool {
        if Shape.isNumber(text, start, end) { return end - start <= 2 }
        guard end - start <= 5 else { return false }
        return ["all", "any", "true", "false", "none"].contains(text.string(start, end))
    }

    private static let algorithms: Set<String> = [
        "ed", "x", "rsa", "rsa-", "ecdsa", "ecdsa-", "sha", "sha-", "aes", "aes-", "chacha", "secp",
        "prime", "hmac-sha", "md", "blake", "ecdh-", "p-", "ml-kem-", "ml-dsa-",
    ]
    private static let algorithmSizes: Set<String> = [
        "25519", "448", "1", "2", "3", "5", "20", "128", "192", "224", "256", "384", "512", "521",
        "1024", "2048", "3072", "4096", "8192",
    ]

    /// `ed25519`, `sha256WithRSAEncryption`, `aes-256-gcm`: what something is signed or hidden with.
    func isAlgorithm(_ start: Int, _ end: Int) -> Bool {
        guard end - start <= 32 else { return false }
        let name = text.skip(start, limit: 9) { Byte.isLetter($0) || $0 == 45 || $0 == 95 }
        let digits = text.skip(name, limit: 6, while: Byte.isDigit)
        guard name - start <= 8, digits > name, digits - name <= 5,
            (digits..<end).count(where: { Byte.isDigit(text[$0]) }) <= 5,
            Self.algorithms.contains(text.string(start, name).lowercased()),
            Self.algorithmSizes.contains(text.string(name, digits))
        else { return false }
        return Shape.Census(text, digits, end).turns <= 2
    }

    // MARK: - What programs say

    /// `field 'password': must be a string`
    private func isRequirement(_ value: KeyedValue, _ place: KeyPlace) -> Bool {
        guard value.separator == 58, value.quote == 0, value.isKeyQuoted else { return false }
        let quote = text.back(place.start, limit: 8) { Byte.isQuote($0) || $0 == 92 }
        return text.has("must be ", at: value.start) && text.has("field ", at: quote - 6)
    }

    /// `"method":"$/progress","params":{"token":…`: what an editor calls a task that goes on.
    private func isProgress(_ place: KeyPlace) -> Bool {
        (max(0, place.start - 48)..<place.start).contains { text.has("$/progress", at: $0) }
    }

    /// `Unexpected token: punc (})`
    private func isUnexpected(_ value: KeyedValue, _ place: KeyPlace) -> Bool {
        guard value.separator == 58, value.quote == 0, value.end - value.start <= 12,
            text.has("unexpected ", at: place.start - 11, folded: true)
        else { return false }
        return text.skip(value.start, limit: 13, while: Byte.isLower) == value.end
            && text.has(" (", at: value.end)
    }

    /// `id-token: write`, what a workflow of GitHub may do.
    private func isRight(_ value: KeyedValue, _ place: KeyPlace) -> Bool {
        place.end - place.start == 8 && text.has("id-token", at: place.start)
            && (text.has("write", at: value.start) && value.end - value.start == 5
                || text.has("read", at: value.start) && value.end - value.start == 4)
            && fillsValue(value.end, value, place, isStrong: true)
    }

    /// `Cache saved with key: node-cache-Linux-x64-npm-…`
    private func isCacheKey(_ place: KeyPlace) -> Bool {
        place.end - place.start == 3 && text.has("Cache saved with ", at: place.start - 17)
    }

    private static let keyKinds: Set<String> = [
        "ssh-ed25519", "ssh-rsa", "ssh-dss", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384",
        "ecdsa-sha2-nistp521",
    ]

    /// `Server host key: ssh-ed25519 SHA256:…`, `Will attempt key: /root/.ssh/id_ed25519 …`: the kind of
    /// a key with the digest that all may see, or where it lies.
    private func isKeyOfSSH(_ value: KeyedValue) -> Bool {
        guard value.separator == 58, value.quote == 0, value.end - value.start <= 160 else {
            return false
        }
        if Self.keyKinds.contains(text.string(value.start, value.end)) {
            return text.has(" SHA256:", at: value.end)
        }
        let isFolder = text[value.start] == 47 || text[value.start] == 126
        return isFolder && (value.start..<value.end).contains { text.has("/.ssh/id_", at: $0) }
    }

    /// `> Task :auth:generateSecretKeys`: words that begin with capitals, all but the first.
    private func isTaskName(_ value: KeyedValue, _ place: KeyPlace) -> Bool {
        guard text[place.start - 1] == 58, value.quote == 0 else { return false }
        let line = text.lineStart(place.start, limit: 96)
        let isTask = (line..<place.start).contains { text.has("task ", at: $0, folded: true) }
        let small = text.skip(value.start, limit: 24, while: Byte.isLower)
        return isTask && small - value.start >= 3 && Shape.isCamelName(text, small, value.end)
    }

    /// `(key=0xb3bb, len=32)` and `[80f7…]`: an address that a debugger shows, or an id in brackets.
    func isBracketed(_ value: KeyedValue) -> Bool {
        let first = value.start + 1
        switch text[value.start] {
        case 40:
            let name = text.skip(first, limit: 64, while: Byte.isWord)
            guard name > first, text[name] == 61, text.has("0x", at: name + 1) else { return false }
            let number = text.skip(name + 3, limit: 16, while: Byte.isHex)
            return number > name + 3 && (text[number] == 44 || text[number] == 41)
        case 91, 123: return Shape.isUUID(text, first, first + 36)
        default: return false
        }
    }

    // MARK: - Runs

    /// `testPasswordIsHidden`
    func isTestName(_ start: Int, _ stop: Int) -> Bool {
        guard text.has("test", at: start), Byte.isUpper(text[start + 4]) else { return false }
        var capitals = 0
        for index in start + 4..<stop where !Byte.isLower(text[index]) {
            guard Byte.isUpper(text[index]), Byte.isLower(text[index + 1]) else { return false }
            capitals += 1
        }
        return capitals * 4 <= stop - start
    }

    private static let pictureMarks: [StaticString] = ["iVBORw0KGgo", "/9j/", "R0lGOD", "UklGR"]

    /// `data:image/png;base64,iVBOR…`: the beginnings of PNG, JPEG, GIF and WebP.
    func isPicture(_ start: Int) -> Bool {
        guard text.has(";base64,", at: start - 8) else { return false }
        let kind = text.back(start - 8, limit: 8, while: Byte.isAlnum)
        return text.has("data:image/", at: kind - 11)
            && Self.pictureMarks.contains { text.has($0, at: start) }
    }

    // MARK: - Commands

    /// `docker run -u 1000:1000`: a user and a group of a container.
    func isContainersUser(_ flag: Int, _ start: Int, _ stop: Int) -> Bool {
        let line = text.lineStart(flag, limit: 160)
        let isContainer = (line..<flag).contains {
            text.has("docker ", at: $0) || text.has("podman ", at: $0)
        }
        guard isContainer else { return false }
        let user = text.skip(start, limit: 10, while: Byte.isDigit)
        let group = text.skip(user + 1, limit: 10, while: Byte.isDigit)
        return user > start && group > user + 1 && group == stop && user - start <= 5
            && group - user <= 6
            || text.string(start, stop) == "root:root"
    }
}
