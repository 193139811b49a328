// Makes the token vectors: reads one JSON object per line (the options of a token) and prints each with its token.
//
//	go run . < ../token-cases.jsonl > ../token-go.jsonl
//
// It is written in Go for encoding/json: TypeScript must write the claims with exactly the same bytes.
package main

import (
	"bufio"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
)

// claims in the order in which they are signed.
type claims struct {
	Subject   string `json:"sub"`
	Scope     string `json:"scope"`
	Issuer    string `json:"iss"`
	IssuedAt  int64  `json:"iat"`
	ExpiresAt int64  `json:"exp"`
	Nonce     string `json:"nonce"`
}

// vector is one line of input, and of output once Token is set.
type vector struct {
	Note            string `json:"note"`
	AccessID        string `json:"accessId"`
	SecretKey       string `json:"secretKey"`
	RemoteID        string `json:"remoteId"`
	DeviceSecretKey string `json:"deviceSecretKey"`
	Subject         string `json:"subject"`
	IssuedAt        int64  `json:"issuedAt"`
	TTLSeconds      int64  `json:"ttlSeconds"`
	NonceHex        string `json:"nonceHex"`
	Token           string `json:"token"`
}

func base64url(bytes []byte) string {
	return base64.RawURLEncoding.EncodeToString(bytes)
}

func sign(key, text string) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(text))
	return base64url(mac.Sum(nil))
}

func issue(v vector) (string, error) {
	nonce, err := hex.DecodeString(v.NonceHex)
	if err != nil {
		return "", err
	}
	printed, err := json.Marshal(claims{
		Subject:   v.Subject,
		Scope:     "connect:" + v.RemoteID,
		Issuer:    v.AccessID,
		IssuedAt:  v.IssuedAt,
		ExpiresAt: v.IssuedAt + v.TTLSeconds,
		Nonce:     base64url(nonce),
	})
	if err != nil {
		return "", err
	}
	payload := base64url(printed)
	return "v1." + payload + "." + sign(v.SecretKey, payload+"."+sign(v.DeviceSecretKey, payload)), nil
}

func run() error {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	output := json.NewEncoder(os.Stdout)
	for number := 1; lines.Scan(); number++ {
		var v vector
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			return fmt.Errorf("line %d: %w", number, err)
		}
		token, err := issue(v)
		if err != nil {
			return fmt.Errorf("line %d: %w", number, err)
		}
		v.Token = token
		if err := output.Encode(v); err != nil {
			return err
		}
	}
	return lines.Err()
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "token-go:", err)
		os.Exit(1)
	}
}
