module token-vectors

go 1.19
