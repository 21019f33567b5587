calendar daily --timezone Asia/Shangai
