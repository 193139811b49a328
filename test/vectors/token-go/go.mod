module token-go

go 1.19
