module example.org/mynah-recipe

go 1.21
